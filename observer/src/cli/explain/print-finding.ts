import { formatMs } from "../../diagnosis/texts.ts";
import type { FindingView } from "./read-observer.ts";
import { createPaint, type Terminal, toPlain, wrap } from "./terminal-text.ts";

/** Everything `kontor explain` says of a finding: what and where, how often and how much, how to mend it, which traces show it. */
export function printFinding(finding: FindingView, terminal: Terminal): string {
  const paint = createPaint(terminal.colours);
  const width = Math.max(72, Math.min(terminal.columns, 110));
  const { impact } = finding;
  const rows: readonly (readonly [string, string])[] = [
    ["state", finding.state],
    [
      "where",
      [finding.service, finding.endpoint, finding.place]
        .filter((part) => part !== null)
        .map(toPlain)
        .join("  "),
    ],
    [
      "seen",
      `in ${impact.occurrences} traces, ${impact.tracesPerMinute.toFixed(1)} a minute, from ${finding.firstSeen} to ${finding.lastSeen}`,
    ],
    ["lost", `${formatMs(impact.totalTimeMs)} in all`],
    ["gain", `about ${formatMs(finding.expectedGain.timeMs)} a request`],
  ];
  const heading = (text: string): string[] => ["", paint(text, "bold", "blue")];
  return [
    paint(toPlain(finding.title), "bold"),
    paint(`finding ${finding.fingerprint}  ${finding.detector}`, "dim"),
    "",
    ...rows.map(([name, text]) => `  ${paint(name.padEnd(6), "dim")} ${text}`),
    ...heading("Recommendation"),
    ...wrap(toPlain(finding.recommendation), width - 2).map((line) => `  ${line}`),
    ...(finding.statement === null ? [] : heading("Statement")),
    ...wrap(toPlain(finding.statement ?? ""), width - 2).map((line) => `  ${paint(line, "cyan")}`),
    ...heading("Worst traces"),
    ...finding.evidence.map(
      ({ traceId, timeMs, url }) =>
        `  ${formatMs(timeMs).padStart(9)}  ${traceId}  ${paint(toPlain(url), "dim")}`,
    ),
    "",
    paint(`npx kontor explain ${finding.evidence[0]?.traceId ?? "<trace>"} shows the worst one.`, "dim"),
    "",
  ].join("\n");
}
