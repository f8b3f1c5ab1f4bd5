import type { Logger } from "@kontor/kit/logger";
import type { AlertingOptions } from "../alerts/alerting.ts";
import { latencyLimitMs as findLatencyLimitMs } from "../config/configuration.ts";
import type { ConfigurationHolder } from "../config/configuration-holder.ts";
import { createDiagnosis, type Diagnosis } from "../diagnosis/diagnosis.ts";
import { holdBackVictims, type WorstDelay } from "../diagnosis/hold-back.ts";
import { linkFindings } from "../diagnosis/link-findings.ts";
import { createRecentTraces } from "../diagnosis/recent-traces.ts";
import { createTraceBuffer, type TraceBuffer } from "../diagnosis/trace-buffer.ts";
import { type FindingRecorder, startFindingRecorder } from "../state/finding-recorder.ts";
import { recordDetections } from "../state/record-detections.ts";
import { isRefusedByPostgres } from "../state/store-alert-records.ts";
import type { State } from "./open-state.ts";

export interface Diagnosing extends AsyncDisposable {
  /** For people who ask about a stored trace. */
  readonly explainTrace: Diagnosis["explain"];
  readonly traceBuffer: TraceBuffer;
  readonly recorder: FindingRecorder;
  /** What explains an alert as of now, from the traces of the last minutes. */
  readonly explainAlert: NonNullable<AlertingOptions["explain"]>;
  /** Of `latencyP95MsMax`, for a route; undefined where there is none. */
  latencyLimitMs(service: string, route: string): number | undefined;
  /** Detections that were held back since the start, because the accuser was late itself. */
  readonly heldBack: number;
}

/** How far back traces explain an alert. */
const explainedByMs = 120_000;
const stepMs = 100;

/** From accepted spans to stored findings. @param worstDelayMs how late services were in the last minutes */
export function openDiagnosing(
  holder: ConfigurationHolder,
  state: State,
  worstDelayMs: WorstDelay,
  logger: Pick<Logger, "info" | "warn" | "error">,
): Diagnosing {
  const latencyLimitMs = (service: string, route: string) =>
    findLatencyLimitMs(holder.current, service, route);
  const detecting = createDiagnosis({ settings: () => holder.current.diagnosis, latencyLimitMs });
  let heldBack = 0;
  const diagnosis: Diagnosis = {
    diagnose(trace, atMs) {
      const all = detecting.diagnose(trace, atMs);
      const explanation = holdBackVictims(trace, all, worstDelayMs);
      heldBack += all.detections.length - explanation.detections.length;
      return explanation;
    },
    explain: (trace, atMs) => holdBackVictims(trace, detecting.explain(trace, atMs), worstDelayMs),
  };
  const recentTraces = createRecentTraces({ keepMs: explainedByMs });
  const recorder = startFindingRecorder({
    record: (diagnosed) => state.run((db) => recordDetections(db, diagnosed)),
    isRefusal: isRefusedByPostgres,
    onRecorded: ({ opened, reopened }) => {
      for (const { fingerprint, detector, service, place, title } of opened)
        logger.warn({ fingerprint, detector, service, place }, `finding: ${title}`);
      for (const { fingerprint, title } of reopened)
        logger.warn({ fingerprint }, `finding is back: ${title}`);
    },
    logger,
  });
  const traceBuffer = createTraceBuffer({
    settings: holder.current.traceBuffer,
    diagnosis,
    onTrace: (trace) => {
      recentTraces.add(trace);
      recorder.add({ traceId: trace.traceId, atMs: trace.atMs, detections: trace.explanation.detections });
    },
    onError: (traceId, error) => logger.error({ err: error, traceId }, "a trace could not be diagnosed"),
  });
  const timer = setInterval(() => traceBuffer.tick(Date.now()), stepMs);
  return {
    explainTrace: diagnosis.explain,
    traceBuffer,
    recorder,
    latencyLimitMs,
    get heldBack() {
      return heldBack;
    },
    explainAlert: (about, atMs) => linkFindings(about, recentTraces.list(atMs - explainedByMs)),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await recorder[Symbol.asyncDispose]();
    },
  };
}
