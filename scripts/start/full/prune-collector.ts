import { parse, stringify } from "yaml";
import { z } from "zod";

const names = z.array(z.string());
const configuration = z.looseObject({
  connectors: z.record(z.string(), z.unknown()),
  exporters: z.record(z.string(), z.unknown()),
  service: z.looseObject({
    telemetry: z.unknown(),
    pipelines: z.record(
      z.string(),
      z.looseObject({ receivers: names, processors: names.optional(), exporters: names }),
    ),
  }),
});

const toPrometheus = "otlp_http/prometheus";

/**
 * A gateway's configuration without some of its exporters, for a machine that has not all backends. A pipeline that is
 * left with nowhere to send to goes too, and with it the connector that fed it, and so on.
 *
 * @param text of gateway.yaml
 * @param absent exporters, such as `otlp_grpc/jaeger`
 */
export function pruneCollector(text: string, absent: readonly string[]): string {
  if (absent.length === 0) return text;
  const document = configuration.parse(parse(text, { merge: true }));
  const { pipelines } = document.service;
  const gone = new Set(absent);
  // What it says of itself goes to the observer alone then, as common.yaml has it.
  if (gone.has(toPrometheus)) delete document.service.telemetry;
  for (const exporter of gone) delete document.exporters[exporter];
  // A connector that no pipeline receives from is gone as well, which may empty the pipeline that exports to it.
  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    for (const [name, pipeline] of Object.entries(pipelines)) {
      pipeline.exporters = pipeline.exporters.filter((exporter) => !gone.has(exporter));
      if (pipeline.exporters.length === 0) delete pipelines[name];
    }
    const received = new Set(Object.values(pipelines).flatMap(({ receivers }) => receivers));
    for (const connector of Object.keys(document.connectors)) {
      if (received.has(connector)) continue;
      gone.add(connector);
      delete document.connectors[connector];
    }
  }
  return stringify(document);
}
