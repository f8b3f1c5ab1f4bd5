import { createBaselines } from "./baselines.ts";
import type { DetectionContext } from "./detector.ts";
import { outermostBreach } from "./detectors/slowdown-source.ts";
import { detectors } from "./detectors.ts";
import type { Detection, FingerprintedDetection, Silence } from "./finding.ts";
import { fingerprintDetection } from "./fingerprint.ts";
import { createOccurrenceWindow } from "./occurrences.ts";
import { createRoutePaces } from "./route-paces.ts";
import type { DiagnosisSettings } from "./settings.ts";
import type { TraceTree } from "./trace-tree.ts";

export interface Explanation {
  readonly detections: readonly FingerprintedDetection[];
  readonly silences: readonly Silence[];
}

/** The detectors with what they remember of earlier traces. Reads no clock; the same traces in the same order give the same answers. */
export interface Diagnosis {
  /** Runs every detector and learns from the trace. */
  diagnose(trace: TraceTree, atMs: number): Explanation;
  /** The same answer, learning nothing, and without asking how other requests fare: for people who ask about a stored trace. */
  explain(trace: TraceTree, atMs: number): Explanation;
}

export interface DiagnosisOptions {
  /** Asked anew for each trace, so that a reload takes effect. */
  readonly settings: () => DiagnosisSettings;
  /** The latency limit of a route in ms, from `observer_config.json`; undefined where there is none. */
  readonly latencyLimitMs: (service: string, route: string) => number | undefined;
}

/** Reasons kept of one detector for one trace. */
const silencesMax = 12;
const sightingKeysMax = 5_000;
const pacedRoutesMax = 5_000;
/** Of one trace; the outermost ones. */
const requestsLearnedMax = 16;

export function createDiagnosis(options: DiagnosisOptions): Diagnosis {
  const baselines = createBaselines();
  const windowMs = () => options.settings().slowSqlOccurrencesWindowSeconds * 1_000;
  const sightings = createOccurrenceWindow({ windowMs, keysMax: sightingKeysMax });
  const windowSeconds = () => options.settings().slowdownWindowSeconds;
  const paces = createRoutePaces({ windowSeconds, routesMax: pacedRoutesMax });

  function run(
    trace: TraceTree,
    atMs: number,
    remember: (key: string) => void,
    pace: DetectionContext["pace"],
  ): Explanation {
    const found: Detection[] = [];
    const silences: Silence[] = [];
    const context: DetectionContext = {
      settings: options.settings(),
      latencyLimitMs: options.latencyLimitMs,
      baseline: baselines.get,
      pace,
      sightings: (key, withinSeconds) =>
        sightings.count(
          key,
          atMs,
          trace.traceId,
          withinSeconds === undefined ? windowMs() : withinSeconds * 1_000,
        ),
      found,
    };
    for (const detector of detectors) {
      const detected = detector.detect(trace, context);
      found.push(...detected.detections);
      silences.push(...detected.silences.slice(0, silencesMax));
      const left = detected.silences.length - silencesMax;
      if (left > 0) silences.push({ detector: detector.name, reason: `and ${left} more like these` });
      for (const key of detected.sightings ?? []) remember(key);
    }
    return { detections: found.map((one) => ({ ...one, fingerprint: fingerprintDetection(one) })), silences };
  }

  function learnPace(trace: TraceTree, atMs: number): void {
    const requests = trace.nodes.filter(({ span }) => span.role === "request");
    for (const { span, startMs, endMs } of requests.slice(0, requestsLearnedMax)) {
      if (span.route === undefined) continue;
      const limitMs = options.latencyLimitMs(span.service, span.route) ?? Number.POSITIVE_INFINITY;
      paces.add(span.service, span.route, endMs - startMs > limitMs, atMs);
    }
  }

  function learn(trace: TraceTree, atMs: number): void {
    if (trace.missingParents > 0 || outermostBreach(trace, options) !== undefined) return;
    const requests = trace.nodes.filter(({ span }) => span.role === "request" && !span.failed);
    for (const request of requests.slice(0, requestsLearnedMax)) baselines.learn(trace, request, atMs);
  }

  return {
    diagnose(trace, atMs) {
      learnPace(trace, atMs);
      const explanation = run(
        trace,
        atMs,
        (key) => sightings.add(key, trace.traceId, atMs),
        (service, route) => paces.get(service, route, atMs),
      );
      learn(trace, atMs);
      return explanation;
    },
    explain: (trace, atMs) =>
      run(
        trace,
        atMs,
        () => undefined,
        () => undefined,
      ),
  };
}
