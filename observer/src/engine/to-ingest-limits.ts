import type { Configuration } from "../config/configuration.ts";
import type { IngestLimits } from "../ingest/otlp-app.ts";

/** The guards of the receiver as `observer_config.json` names them. */
export function toIngestLimits(ingest: Configuration["ingest"]): IngestLimits {
  return {
    maxBodyBytes: ingest.bodyBytesMax,
    maxBodiesBytes: ingest.bodiesBytesMax,
    maxAttributes: ingest.attributesMax,
    maxTextLength: ingest.attributeLengthMax,
    maxDepth: ingest.nestingDepthMax,
    maxFutureMs: ingest.futureSecondsMax * 1000,
    maxSenders: ingest.sendersMax,
    maxSeries: ingest.seriesMax,
    maxSeriesPerMetric: ingest.seriesPerMetricMax,
    forgetAfterMs: ingest.forgetAfterSeconds * 1000,
  };
}
