import type { FingerprintedDetection, Silence } from "../../diagnosis/finding.ts";
import { describeNode, formatMs } from "../../diagnosis/texts.ts";
import { summariseTrace } from "../../diagnosis/trace-summary.ts";
import type { TraceTree } from "../../diagnosis/trace-tree.ts";
import { toWaterfall, type WaterfallItem } from "../../diagnosis/waterfall.ts";
import { createPaint, drawBar, fit, type Paint, type Terminal, toPlain, wrap } from "./terminal-text.ts";

const rowsMax = 40;
const groupsMax = 8;
const timeWidth = 9;

interface Row {
  readonly indent: string;
  readonly service: string;
  readonly label: string;
  readonly bar: { readonly fromMs: number; readonly toMs: number };
  readonly critical: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly failed: boolean;
  readonly detectors: readonly string[];
}

function isOnPath(item: WaterfallItem): boolean {
  return item.critical.length > 0 || item.items.some(isOnPath);
}

function toRow(item: WaterfallItem, indent: string): Row {
  const detectors = [...new Set(item.detections.map((one) => one.detector))];
  if (item.kind === "span") {
    const { span, startMs, endMs } = item.node;
    const shared = {
      indent,
      service: span.service,
      label: describeNode(item.node),
      critical: item.critical,
      detectors,
    };
    return { ...shared, bar: { fromMs: startMs, toMs: endMs }, failed: span.failed };
  }
  const [first] = item.nodes;
  const toMs = item.nodes.reduce((end, node) => Math.max(end, node.endMs), 0);
  const shared = { indent, service: first?.span.service ?? "", critical: item.critical, detectors };
  return {
    ...shared,
    label: `${item.nodes.length} × ${item.label}`,
    bar: { fromMs: first?.startMs ?? 0, toMs },
    failed: item.failedCount > 0,
  };
}

/** The rows of the critical path; a group stays one row. */
function toRows(items: readonly WaterfallItem[], indent: string, rows: Row[]): Row[] {
  const shown = items.filter(isOnPath);
  for (const [at, item] of shown.entries()) {
    const isLast = at === shown.length - 1;
    rows.push(toRow(item, indent === "root" ? "" : `${indent}${isLast ? "└ " : "├ "}`));
    if (item.kind === "span")
      toRows(item.items, indent === "root" ? "" : `${indent}${isLast ? "  " : "│ "}`, rows);
  }
  return rows;
}

function criticalMs(row: Row): number {
  return row.critical.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

function printRow(
  row: Row,
  widths: { service: number; label: number; bar: number },
  totalMs: number,
  paint: Paint,
): string {
  const label = fit(`${row.indent}${toPlain(row.label)}`, widths.label);
  const bar = drawBar(row.bar, row.critical, totalMs, widths.bar).replace(/[█▓▒░]+|─+/g, (part) => {
    if (part.startsWith("─")) return paint(part, "dim");
    return paint(part, row.failed ? "red" : row.detectors.length > 0 ? "yellow" : "cyan");
  });
  const marks = [
    ...row.detectors.map((name) => paint(name, "yellow")),
    ...(row.failed ? [paint("failed", "red")] : []),
  ];
  return [
    paint(fit(toPlain(row.service), widths.service), "dim"),
    row.detectors.length > 0 ? paint(label, "bold") : label,
    bar,
    formatMs(criticalMs(row)).padStart(timeWidth),
    marks.join(" "),
  ].join(" ");
}

function printWaterfall(
  tree: TraceTree,
  detections: readonly FingerprintedDetection[],
  terminal: Terminal,
  paint: Paint,
): string[] {
  const rows = toRows(toWaterfall(tree, detections).items, "root", []);
  const width = Math.max(72, Math.min(terminal.columns, 160));
  const service = Math.min(
    16,
    rows.reduce((most, row) => Math.max(most, row.service.length), 0),
  );
  const longest = rows.reduce((most, row) => Math.max(most, row.indent.length + row.label.length), 0);
  const marks = 17;
  const label = Math.min(longest, Math.floor((width - service - timeWidth - marks) * 0.6));
  const bar = width - service - label - timeWidth - marks - 4;
  const end = formatMs(tree.durationMs);
  const axis = `${" ".repeat(service + label + 2)}0${end.padStart(bar - 1)} ${"own".padStart(timeWidth)}`;
  const printed = rows
    .slice(0, rowsMax)
    .map((row) => printRow(row, { service, label, bar }, tree.durationMs, paint));
  const hidden = rows.length - printed.length;
  return [
    paint(axis, "dim"),
    ...printed.map((line) => line.trimEnd()),
    ...(hidden > 0 ? [paint(`… ${hidden} more rows`, "dim")] : []),
  ];
}

function printGroups(tree: TraceTree, paint: Paint): string[] {
  const { groups, durationMs } = summariseTrace(tree);
  return groups.slice(0, groupsMax).map((group) => {
    const share = durationMs <= 0 ? 0 : group.ms / durationMs;
    const bar = "█".repeat(Math.round(share * 20)).padEnd(20, "·");
    const label = toPlain(group.kind === "own" ? `own time of ${group.label}` : group.label);
    const spans = group.nodes.length === 1 ? "" : paint(`, ${group.nodes.length} spans`, "dim");
    const percent = `${Math.round(share * 100)} %`.padStart(5);
    return `  ${formatMs(group.ms).padStart(timeWidth)} ${percent} ${paint(bar, "cyan")} ${label} ${paint(toPlain(group.service), "dim")}${spans}`;
  });
}

function printDetection(detection: FingerprintedDetection, width: number, paint: Paint): string[] {
  const head = `${paint("●", "yellow")} ${paint(toPlain(detection.title), "bold")}`;
  const facts = [
    `finding ${detection.fingerprint}`,
    detection.detector,
    `at ${toPlain(detection.place)}`,
  ].join("  ");
  return [
    `  ${head}`,
    ...wrap(toPlain(detection.recommendation), width - 4).map((line) => `    ${line}`),
    ...(detection.statement === undefined
      ? []
      : wrap(toPlain(detection.statement), width - 6).map((line) => `      ${paint(line, "cyan")}`)),
    `    ${paint(facts, "dim")}`,
  ];
}

/** Everything `kontor explain` says of a trace: critical path, where the time went, what was found, why the others were silent. */
export function printTrace(
  tree: TraceTree,
  explanation: {
    readonly detections: readonly FingerprintedDetection[];
    readonly silences: readonly Silence[];
  },
  terminal: Terminal,
): string {
  const paint = createPaint(terminal.colours);
  const summary = summariseTrace(tree);
  const width = Math.max(72, Math.min(terminal.columns, 110));
  const heading = (text: string): string[] => ["", paint(text, "bold", "blue")];
  const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
  const failures = summary.failedCount === 0 ? [] : [paint(many(summary.failedCount, "error"), "red")];
  const facts = [many(summary.spanCount, "span"), many(summary.services.length, "service"), ...failures];
  const missing = tree.missingParents === 0 ? [] : [`${many(tree.missingParents, "parent")} never arrived`];
  const detectorWidth = explanation.silences.reduce((most, one) => Math.max(most, one.detector.length), 0);
  return [
    `${paint(toPlain(summary.name), "bold")} of ${toPlain(summary.service)}: ${paint(formatMs(summary.durationMs), "bold")}`,
    paint(
      [`trace ${tree.traceId}`, new Date(tree.startMs).toISOString(), ...facts, ...missing].join("  "),
      "dim",
    ),
    ...heading("Critical path"),
    ...printWaterfall(tree, explanation.detections, terminal, paint),
    ...heading("Where the time went"),
    ...printGroups(tree, paint),
    ...heading(explanation.detections.length === 0 ? "Found nothing" : "Found"),
    ...explanation.detections.flatMap((detection) => printDetection(detection, width, paint)),
    ...(explanation.silences.length === 0 ? [] : heading("Silent, because")),
    ...explanation.silences.flatMap(({ detector, reason }) => {
      const [first = "", ...others] = wrap(toPlain(reason), width - detectorWidth - 4);
      const filler = " ".repeat(detectorWidth + 4);
      return [
        `  ${paint(detector.padEnd(detectorWidth), "dim")}  ${first}`,
        ...others.map((line) => `${filler}${line}`),
      ];
    }),
    "",
  ].join("\n");
}
