import { sourceDifferences } from "../store/sources/differences.ts";

/** The table of differences between the sources, as docs/sources.md shows it. */
export function toDifferencesTable(): string {
  const rows = sourceDifferences.map(({ when, stream, prometheus, influxdb, reason }) =>
    [when, stream, prometheus, influxdb, reason].join(" | "),
  );
  const head = "when | stream | prometheus | influxdb | why";
  return [`| ${head} |`, "|---|---|---|---|---|", ...rows.map((row) => `| ${row} |`)].join("\n");
}
