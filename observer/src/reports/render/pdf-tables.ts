import type { PdfNode } from "pdfmake";
import { formatMs } from "../../diagnosis/texts.ts";
import { paperColours } from "../charts/render-chart.ts";
import { formatCount, formatDuration, formatInstant, formatShare, many } from "../report-formats.ts";
import type { Breach, OptimisationReport, SlowEndpoint } from "../report-schema.ts";
import { describeObserved } from "../report-texts.ts";
import { oneLine, toPdfText } from "./pdf-text.ts";

const { muted, line, bad } = paperColours;
const nameMax = 200;

/** A link of the web; any other address is none. */
export function linkTo(url: string): { readonly link?: string; readonly color?: string } {
  return /^https?:\/\//i.test(url) ? { link: url, color: paperColours.accent } : {};
}

/** @param figures columns whose cells are aligned to the right */
export function tableOf(
  widths: readonly (string | number)[],
  titles: readonly string[],
  rows: readonly (readonly PdfNode[])[],
  figures: ReadonlySet<number> = new Set(),
): PdfNode {
  const align = (at: number): object =>
    figures.has(at) ? { alignment: "right", ...(widths[at] === "auto" ? { noWrap: true } : {}) } : {};
  const toCell = (cell: PdfNode, at: number): PdfNode =>
    typeof cell === "string" ? { text: cell, ...align(at) } : { ...(cell as object), ...align(at) };
  return {
    fontSize: 8.5,
    table: {
      headerRows: 1,
      dontBreakRows: true,
      widths,
      body: [
        titles.map((text, at) => ({ text, style: "head", ...align(at) })),
        ...rows.map((row) => row.map(toCell)),
      ],
    },
    layout: {
      hLineWidth: (at: number) => (at === 0 ? 0 : 0.6),
      vLineWidth: () => 0,
      hLineColor: () => line,
      paddingLeft: (at: number) => (at === 0 ? 0 : 5),
      paddingRight: () => 5,
      paddingTop: () => 3.5,
      paddingBottom: () => 2.5,
    },
  };
}

function named(main: string, sub: string): PdfNode {
  return {
    stack: [{ text: toPdfText(main, nameMax) }, { text: toPdfText(sub, nameMax), color: muted, fontSize: 8 }],
  };
}

export function breachPart(list: readonly Breach[]): PdfNode {
  const rows = list.map((one): PdfNode[] => {
    const { observed, limit } = describeObserved(one);
    const traces = one.traces
      .slice(0, 2)
      .map(({ traceId, url }) => ({ text: `${toPdfText(traceId.slice(0, 8))} `, ...linkTo(url) }));
    return [
      named(
        one.endpoint ?? "whole service",
        one.kind === "breach" ? one.service : `${one.service}, ${one.kind}: ${one.reason ?? ""}`,
      ),
      named(one.severity, one.rule),
      { text: toPdfText(observed), color: bad },
      toPdfText(limit),
      {
        stack: [
          oneLine(formatInstant(one.begun)),
          {
            ...oneLine(one.ended === null ? "lasting" : `until ${formatInstant(one.ended)}`),
            ...{ color: muted, fontSize: 8 },
          },
        ],
      },
      named(formatDuration(one.durationMs), one.relapses > 0 ? many(one.relapses, "relapse") : ""),
      { text: traces },
    ];
  });
  return tableOf(
    ["*", 86, "auto", "auto", 98, 62, 46],
    ["Where", "Severity, rule", "Observed", "Limit", "Begun (UTC)", "Duration", "Traces"],
    rows,
    new Set([2, 3, 5]),
  );
}

export function endpointPart(list: readonly SlowEndpoint[]): PdfNode {
  const rows = list.map((one): PdfNode[] => {
    const isOver = one.limitMs !== null && one.p95Ms > one.limitMs;
    return [
      named(one.route, one.service),
      formatCount(one.requests),
      formatShare(one.failed / one.requests),
      formatMs(one.p50Ms),
      isOver ? { text: formatMs(one.p95Ms), color: bad, bold: true } : formatMs(one.p95Ms),
      one.limitMs === null ? "–" : formatMs(one.limitMs),
      formatMs(one.p99Ms),
      formatShare(one.shareOfTime),
      { text: formatMs(one.slowestMs), ...linkTo(one.slowestTrace.url) },
    ];
  });
  return tableOf(
    ["*", "auto", "auto", "auto", "auto", "auto", "auto", "auto", "auto"],
    ["Endpoint", "Requests", "Failed", "Median", "p95", "Limit", "p99", "Share", "Slowest"],
    rows,
    new Set([1, 2, 3, 4, 5, 6, 7, 8]),
  );
}

export function deploymentPart(list: OptimisationReport["deployments"]): PdfNode {
  return tableOf(
    [92, "auto", "auto", "auto", "*"],
    ["Time (UTC)", "Service", "Version", "Announced by", "Note"],
    list.map((one) => [
      oneLine(formatInstant(one.deployedAt)),
      toPdfText(one.service, nameMax),
      toPdfText(one.version, nameMax),
      toPdfText(one.announcedBy ?? "noticed", nameMax),
      toPdfText(one.note ?? ""),
    ]),
  );
}
