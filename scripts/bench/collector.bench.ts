import type { BenchRow } from "./bench-row.ts";
import { type OverloadResult, runOverload } from "./collector/overload.ts";

const seconds = 60;
const influxdbAwaySeconds = 30;

/** The collector under three times what it can take, with InfluxDB away for 30 s: nothing it accepted may be missing. */
export async function run(): Promise<BenchRow[]> {
  const tell = (line: string): void => void process.stderr.write(`  ${line}\n`);
  return toRows(await runOverload({ seconds, influxdbAwaySeconds, tell }));
}

/** Also what the soak shows. */
export function toRows(result: OverloadResult): BenchRow[] {
  const { points, lost, memoryMaxBytes } = result;
  const share = (value: number): number => Math.round((1_000 * value) / points.offered) / 10;
  return [
    { name: "accepted when senders wait", value: Math.round(result.saturationPerSecond), unit: "points/s" },
    { name: "offered, in open loop", value: Math.round(result.offeredPerSecond), unit: "points/s" },
    {
      name: "accepted of the offered",
      value: share(points.accepted),
      unit: "%",
      target: "< 100",
      // All of it taken: then this was no overload, and nothing lost says nothing.
      met: points.accepted < points.offered,
      note: `${share(points.refused)} % refused, ${share(points.failed)} % without an answer in time, ${share(points.heldBack)} % held back by the sender`,
    },
    lossRow("accepted and missing in InfluxDB", lost.influxdb.points, points.accepted),
    lossRow("accepted and missing in Prometheus", lost.prometheus.points, points.accepted),
    { name: "until the queues were empty", value: Math.round(result.drainSeconds), unit: "s" },
    memoryMaxBytes === undefined
      ? { name: "memory of the collector", value: "not measured", unit: "MB", note: "only Linux tells it" }
      : {
          name: "memory of the collector, at its largest",
          value: Math.round(memoryMaxBytes / 1e6),
          unit: "MB",
        },
  ];
}

function lossRow(name: string, lost: number, accepted: number): BenchRow {
  return {
    name,
    value: lost,
    unit: "points",
    target: "= 0",
    met: lost === 0,
    note: `of ${accepted.toLocaleString("en")} accepted`,
  };
}
