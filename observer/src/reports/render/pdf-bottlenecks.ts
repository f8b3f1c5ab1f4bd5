import type { PdfNode } from "pdfmake";
import { formatMs } from "../../diagnosis/texts.ts";
import { paperColours } from "../charts/render-chart.ts";
import { cut } from "../clean-text.ts";
import { formatCount, formatDuration, formatInstant, many } from "../report-formats.ts";
import type { Bottleneck, MeasuredEffect } from "../report-schema.ts";
import {
  describeEffect,
  describeExpected,
  describeFigure,
  describeImpact,
  describeState,
  describeWhere,
  labelDetector,
  layOutStatement,
} from "../report-texts.ts";
import { linkTo, tableOf } from "./pdf-tables.ts";
import { keepTogether, oneLine, toCodeLines, toPdfCode, toPdfText } from "./pdf-text.ts";

const { muted, line } = paperColours;
const statementMax = 2_500;
const recommendationMax = 2_000;
/** What a line of Courier holds: 0.6 of the font's size each. */
const codeFontSize = 8;
const codeCharactersMax = Math.floor(491 / (codeFontSize * 0.6));

/** One bottleneck with everything that is known of it. */
export function bottleneckParts(one: Bottleneck): PdfNode[] {
  const { impact } = one;
  const head: PdfNode = {
    columns: [
      {
        width: "*",
        stack: [
          {
            text: `${one.rank}. ${toPdfText(one.title, 300)}`,
            bold: true,
            fontSize: 11.5,
            ...linkTo(one.url),
          },
          {
            text: `${toPdfText(describeWhere(one))} · ${toPdfText(labelDetector(one.detector))} · ${toPdfText(one.place)}`,
            color: muted,
            fontSize: 8.5,
          },
        ],
      },
      {
        width: 120,
        alignment: "right",
        stack: [
          { text: formatDuration(impact.lostMs), bold: true, fontSize: 14, lineHeight: 1.1 },
          { text: `lost in ${many(impact.occurrences, "trace")}`, color: muted, fontSize: 8 },
        ],
      },
    ],
    columnGap: 12,
  };
  const advice: PdfNode = { text: prose(one.recommendation), margin: [0, 6, 0, 0] };
  return [
    { stack: [rule(), head, advice], unbreakable: true },
    ...(one.statement === null ? [] : [codeBlock(layOutStatement(one.statement))]),
    facts(one),
  ];
}

/** A recommendation, with what stands between backticks as code. */
function prose(text: string): PdfNode {
  return cut(text, recommendationMax)
    .split("`")
    .map((part, at) =>
      at % 2 === 1 ? { ...toPdfCode(part), fontSize: 9 } : toPdfText(part, recommendationMax),
    );
}

function rule(): PdfNode {
  return {
    canvas: [{ type: "line", x1: 0, y1: 0, x2: 511, y2: 0, lineWidth: 0.6, lineColor: line }],
    margin: [0, 8, 0, 8],
  };
}

function codeBlock(statement: string): PdfNode {
  const { text, font } = toPdfCode(statement, statementMax);
  // Where the width of a character is known lines are broken here: `break-all` lays every character out by itself.
  const lines: PdfNode =
    font === "Courier"
      ? { stack: toCodeLines(text, codeCharactersMax).map(oneLine) }
      : { text, wordBreak: "break-all" };
  const look = { font, fontSize: codeFontSize, lineHeight: 1.3, preserveLeadingSpaces: true };
  return {
    margin: [0, 7, 0, 0],
    table: {
      widths: ["*"],
      body: [[{ ...(lines as object), ...look, fillColor: "#f4f5f8", margin: [5, 4, 5, 3] }]],
    },
    layout: "noBorders",
  };
}

function facts(one: Bottleneck): PdfNode {
  const evidence = one.evidence.flatMap(({ traceId, url, timeMs, spans }) => [
    { ...oneLine(toPdfText(traceId.slice(0, 16))), ...linkTo(url) },
    { text: keepTogether(` ${formatMs(timeMs)} in ${many(spans, "span")}   `), color: muted },
  ]);
  const effect = one.measuredEffect;
  const rows: readonly (readonly [string, PdfNode])[] = [
    ["State", toPdfText(describeState(one))],
    ["Impact", keepTogether(describeImpact(one))],
    ["Expected effect", keepTogether(describeExpected(one))],
    ["Measured effect", toPdfText(describeEffect(one))],
    ...(effect === null || effect.verdict === "not enough data" ? [] : [["", sides(effect)] as const]),
    ["Evidence", evidence.length === 0 ? "no trace kept" : { text: evidence }],
    ["Seen", oneLine(`${formatInstant(one.firstSeen)} to ${formatInstant(one.lastSeen)} UTC`)],
  ];
  return {
    margin: [0, 7, 0, 4],
    fontSize: 9,
    table: {
      widths: [84, "*"],
      dontBreakRows: true,
      body: rows.map(([name, value]) => [{ text: name, color: muted }, value]),
    },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: () => 0,
      paddingLeft: () => 0,
      paddingTop: () => 1,
      paddingBottom: () => 1,
    },
  };
}

function sides({ before, after }: MeasuredEffect): PdfNode {
  const titles = [
    "",
    "Version",
    "Requests",
    "With the finding",
    "Median, 95 % confidence",
    "p95, 95 % confidence",
  ];
  return tableOf(
    ["auto", "auto", "auto", "auto", "*", "*"],
    titles,
    [before, after].map((side, at) => [
      at === 0 ? "before" : "after",
      toPdfText(side.version ?? "–", 40),
      formatCount(side.requests),
      formatCount(side.occurrences),
      keepTogether(describeFigure(side.medianMs)),
      keepTogether(describeFigure(side.p95Ms)),
    ]),
    new Set([2, 3, 4, 5]),
  );
}

/** Bottlenecks in a line each. */
export function briefPart(title: string, list: readonly Bottleneck[]): PdfNode {
  return {
    margin: [0, 14, 0, 0],
    stack: [
      { text: title, bold: true, fontSize: 11.5, margin: [0, 0, 0, 5] },
      tableOf(
        ["*", 92, 62, 70, 110],
        ["Bottleneck", "Impact", "Last seen (UTC)", "State", "Measured effect"],
        list.map((one) => [
          {
            stack: [
              { text: toPdfText(one.title, 300), ...linkTo(one.url) },
              { text: toPdfText(describeWhere(one)), color: muted },
            ],
          },
          keepTogether(describeImpact(one)),
          formatInstant(one.lastSeen),
          toPdfText(describeState(one), 200),
          toPdfText(describeEffect(one)),
        ]),
      ),
    ],
  };
}
