import { formatMs } from "../../diagnosis/texts.ts";
import { cut, toOneLine, withVisibleTexts } from "../clean-text.ts";
import { formatCount, formatDuration, formatInstant, formatRange, formatShare } from "../report-formats.ts";
import type { Bottleneck, OptimisationReport } from "../report-schema.ts";
import {
  describeDuration,
  describeEffect,
  describeExpected,
  describeFigure,
  describeImpact,
  describeObserved,
  describeState,
  describeWhere,
  divideBottlenecks,
  emptyTexts,
  labelDetector,
  layOutStatement,
  listKeyFigures,
} from "../report-texts.ts";

const textMax = 1_000;

/** Text as GitHub's Markdown shows it and nothing else: no markup, no HTML, no links, no cells of its own. */
export function escapeMarkdown(text: string): string {
  return toOneLine(cut(text, textMax))
    .replace(/[\\`*_[\]~$|]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/:\/\/|www\./gi, (link) => (link === "://" ? ":&#47;&#47;" : `${link.slice(0, 3)}&#46;`))
    .replaceAll("@", "&#64;")
    .replace(
      /^(\s*)([#+=-]|\d+[.)])/,
      (_whole, space, mark) => `${space}${mark.slice(0, -1)}\\${mark.slice(-1)}`,
    );
}

/** A text as code in one line: the fence is longer than any within. */
export function toCode(text: string): string {
  const shown = toOneLine(cut(text, textMax));
  if (shown === "") return "";
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 ? " " : "";
  return `${fence}${space}${shown}${space}${fence}`;
}

/** In a table, where a bar ends the cell even within code. */
function toCodeCell(text: string): string {
  return toCode(text).replaceAll("|", "\\|");
}

function toCodeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}sql\n${text}\n${fence}`;
}

function link(text: string, url: string): string {
  return `[${escapeMarkdown(text)}](<${url.replace(/[^\w\-.~:/?#@!$&+,;=%]/gu, encodeURIComponent)}>)`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  // A column whose title ends in a colon holds figures.
  const rule = head.map((title) => (title.endsWith(":") ? "---:" : "---"));
  return [line(head.map((title) => title.replace(/:$/, ""))), line(rule), ...rows.map(line)].join("\n");
}

/** The report as GitHub-flavoured Markdown. */
export function renderMarkdown(raw: OptimisationReport): string {
  const report = withVisibleTexts(raw);
  const { period } = report;
  const figures = listKeyFigures(report);
  return `${[
    "# Optimisation report",
    `**${escapeMarkdown(report.headline)}**`,
    `${formatRange(period.from, period.to)}, made ${formatInstant(period.generatedAt)} UTC.`,
    table(
      figures.map(({ label }) => label),
      [figures.map(({ value, note }) => (note === "" ? value : `${value} (${note})`)).map(escapeMarkdown)],
    ),
    "## Bottlenecks",
    ...bottlenecks(report),
    "## Breaches",
    breaches(report),
    "## Slow endpoints",
    slowEndpoints(report),
    "## Deployments",
    deployments(report),
    "## Where the figures come from",
    report.appendix
      .map(({ figure, source }) => `- **${escapeMarkdown(figure)}**: ${escapeMarkdown(source)}`)
      .join("\n"),
  ].join("\n\n")}\n`;
}

function bottlenecks({ bottlenecks: list }: OptimisationReport): string[] {
  if (list.length === 0) return [emptyTexts.bottlenecks];
  const { detailed, brief } = divideBottlenecks(list);
  const overview = table(
    ["Rank:", "Bottleneck", "Where", "Time lost:", "Traces:", "Expected per request:", "State"],
    detailed.map((one) => [
      String(one.rank),
      link(one.title, one.url),
      escapeMarkdown(describeWhere(one)),
      formatDuration(one.impact.lostMs),
      formatCount(one.impact.occurrences),
      one.expectedEffect.perRequestMs > 0 ? `\u2212${formatMs(one.expectedEffect.perRequestMs)}` : "–",
      one.state.name,
    ]),
  );
  return [
    ...(detailed.length === 0
      ? ["None was seen in this period."]
      : [overview, ...detailed.flatMap(bottleneck)]),
    ...brief.flatMap((part) => [`### ${part.title}`, briefTable(part.list)]),
  ];
}

function briefTable(list: readonly Bottleneck[]): string {
  return table(
    ["Bottleneck", "Where", "Impact", "Last seen (UTC)", "State", "Measured effect"],
    list.map((one) => [
      link(one.title, one.url),
      escapeMarkdown(describeWhere(one)),
      escapeMarkdown(describeImpact(one)),
      formatInstant(one.lastSeen),
      escapeMarkdown(describeState(one)),
      escapeMarkdown(describeEffect(one)),
    ]),
  );
}

function bottleneck(one: Bottleneck): string[] {
  const evidence = one.evidence.map(({ traceId, url, timeMs, spans }) => {
    return `${link(traceId.slice(0, 16), url)} (${formatMs(timeMs)}, ${formatCount(spans)} spans)`;
  });
  const effect = one.measuredEffect;
  const facts = [
    `- **Kind**: ${escapeMarkdown(labelDetector(one.detector))}`,
    `- **Where**: ${escapeMarkdown(describeWhere(one))}, in ${toCode(one.place)}`,
    `- **Impact**: ${escapeMarkdown(describeImpact(one))}`,
    `- **Recommendation**: ${escapeMarkdown(one.recommendation)}`,
    `- **Expected effect**: ${escapeMarkdown(describeExpected(one))}`,
    `- **Measured effect**: ${escapeMarkdown(describeEffect(one))}`,
    `- **State**: ${escapeMarkdown(describeState(one))}`,
    `- **Evidence**: ${evidence.length === 0 ? "no trace kept" : evidence.join(", ")}`,
    `- **Seen**: ${formatInstant(one.firstSeen)} to ${formatInstant(one.lastSeen)} UTC`,
  ];
  const sides =
    effect === null || effect.verdict === "not enough data"
      ? []
      : [
          table(
            [
              "",
              "Version",
              "Requests:",
              "With the finding:",
              "Median (95 % confidence):",
              "p95 (95 % confidence):",
            ],
            [effect.before, effect.after].map((side, at) => [
              at === 0 ? "before" : "after",
              side.version === null ? "–" : toCodeCell(side.version),
              formatCount(side.requests),
              formatCount(side.occurrences),
              describeFigure(side.medianMs),
              describeFigure(side.p95Ms),
            ]),
          ),
        ];
  return [
    `### ${one.rank}. ${escapeMarkdown(one.title)}`,
    facts.join("\n"),
    ...(one.statement === null ? [] : [toCodeBlock(layOutStatement(one.statement))]),
    ...sides,
  ];
}

function breaches({ breaches: list }: OptimisationReport): string {
  if (list.length === 0) return emptyTexts.breaches;
  return table(
    ["Begun (UTC)", "Duration:", "Severity", "Service", "Endpoint", "Rule", "Observed:", "Limit:", "Traces"],
    list.map((one) => [
      formatInstant(one.begun),
      escapeMarkdown(describeDuration(one)),
      escapeMarkdown(one.severity),
      escapeMarkdown(one.service),
      one.endpoint === null ? "–" : escapeMarkdown(one.endpoint),
      toCodeCell(one.rule),
      escapeMarkdown(describeObserved(one).observed),
      escapeMarkdown(describeObserved(one).limit),
      one.traces
        .slice(0, 3)
        .map(({ traceId, url }) => link(traceId.slice(0, 8), url))
        .join(" "),
    ]),
  );
}

function slowEndpoints({ slowEndpoints: list }: OptimisationReport): string {
  if (list.length === 0) return emptyTexts.endpoints;
  return table(
    [
      "Endpoint",
      "Service",
      "Requests:",
      "Failed:",
      "Median:",
      "p95:",
      "Limit:",
      "p99:",
      "Share of time:",
      "Slowest",
    ],
    list.map((one) => [
      escapeMarkdown(one.route),
      escapeMarkdown(one.service),
      formatCount(one.requests),
      formatShare(one.failed / one.requests),
      formatMs(one.p50Ms),
      one.limitMs !== null && one.p95Ms > one.limitMs ? `**${formatMs(one.p95Ms)}**` : formatMs(one.p95Ms),
      one.limitMs === null ? "–" : formatMs(one.limitMs),
      formatMs(one.p99Ms),
      formatShare(one.shareOfTime),
      link(formatMs(one.slowestMs), one.slowestTrace.url),
    ]),
  );
}

function deployments({ deployments: list }: OptimisationReport): string {
  if (list.length === 0) return emptyTexts.deployments;
  return table(
    ["Time (UTC)", "Service", "Version", "Announced by", "Note"],
    list.map((one) => [
      formatInstant(one.deployedAt),
      escapeMarkdown(one.service),
      toCodeCell(one.version),
      one.announcedBy === null ? "noticed" : escapeMarkdown(one.announcedBy),
      one.note === null ? "" : escapeMarkdown(one.note),
    ]),
  );
}
