import type { BenchRow } from "./bench-row.ts";
import { measureOurs } from "./our-rules.ts";
import { measurePrometheus, type RivalResult } from "./prometheus-rival.ts";
import { ruleCount } from "./rule-load.ts";

const tickMsMax = 5;
const oneByOneRatioMin = 100;
const groupedRatioMin = 5;
const manyRules = 50_000;
/** A tick each second: 5 % of a core. */
const manyTickMsMax = 50;

/**
 * Rows P1 and P2 of the features: rules of three kinds over 320 routes, beside Prometheus on the same load on this machine. Our ticks
 * include taking in the telemetry; of Prometheus only the evaluation counts, without its scraping and storing.
 */
export async function run(): Promise<BenchRow[]> {
  const ours = await measureOurs(ruleCount, 60);
  const many = await measureOurs(manyRules, 30);
  const rival = await measurePrometheus(8);
  return [
    {
      name: "5,000 rules: a tick",
      value: round(ours.tickMs),
      unit: "ms CPU",
      target: `<= ${tickMsMax}`,
      met: ours.tickMs <= tickMsMax,
    },
    { name: "5,000 rules: of it, window updates", value: round(ours.updateMs), unit: "ms CPU", target: "" },
    compare("beside rules one by one", ours.tickMs, rival, "oneByOneMs", oneByOneRatioMin),
    compare("beside grouped expressions", ours.tickMs, rival, "groupedMs", groupedRatioMin),
    {
      name: "50,000 rules: a tick",
      value: round(many.tickMs),
      unit: "ms CPU",
      target: `< ${manyTickMsMax}`,
      met: many.tickMs < manyTickMsMax,
    },
  ];
}

function compare(
  name: string,
  ourMs: number,
  rival: RivalResult | undefined,
  of: "oneByOneMs" | "groupedMs",
  ratioMin: number,
): BenchRow {
  const row = {
    name: `5,000 rules: a tick ${name}`,
    value: round(ourMs),
    unit: "ms CPU",
    target: `>= ${ratioMin} times less`,
  };
  if (rival === undefined) return { ...row, rival: { name: "Prometheus", value: "not measured" } };
  const ratio = rival[of] / ourMs;
  return {
    ...row,
    rival: { name: `Prometheus ${rival.version}`, value: round(rival[of]) },
    ratio: round(ratio),
    met: ratio >= ratioMin,
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
