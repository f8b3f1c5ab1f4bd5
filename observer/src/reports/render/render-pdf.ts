import { fileURLToPath } from "node:url";
import type { PdfDefinition, PdfNode } from "pdfmake";
import pdfMake from "pdfmake";
import { paperColours } from "../charts/render-chart.ts";
import { drawCourse, drawLostTime, listCharted } from "../charts/report-charts.ts";
import { withVisibleTexts } from "../clean-text.ts";
import { formatCount, formatInstant, formatRange, many } from "../report-formats.ts";
import type { OptimisationReport } from "../report-schema.ts";
import { divideBottlenecks, emptyTexts, listKeyFigures } from "../report-texts.ts";
import { bottleneckParts, briefPart } from "./pdf-bottlenecks.ts";
import { breachPart, deploymentPart, endpointPart } from "./pdf-tables.ts";
import { toPdfText } from "./pdf-text.ts";

const pageWidth = 511;
/** Rows of a table. A row is dear in a PDF, and nobody reads hundreds on paper. */
const rowsMax = 20;
const look = { colours: paperColours, fontFamily: "Roboto", width: 760 };
const { text: ink, muted, line } = paperColours;
const toneColours = { bad: "#b3261e", warn: "#b3700a", good: "#2c9a5b", unknown: muted, plain: ink } as const;

/** The report as a PDF document: A4, in fonts that are part of it, with the links of the HTML. */
export async function renderPdf(raw: OptimisationReport): Promise<Uint8Array> {
  openFonts();
  return new Uint8Array(await pdfMake.createPdf(toDefinition(withVisibleTexts(raw))).getBuffer());
}

/** The fonts are files of pdfmake; nothing else may be read, whatever the document says. */
function openFonts(): void {
  const folder = new URL("fonts/Roboto/", import.meta.resolve("pdfmake/package.json"));
  const file = (name: string): string => fileURLToPath(new URL(`Roboto-${name}.ttf`, folder));
  const roboto = {
    normal: file("Regular"),
    bold: file("Medium"),
    italics: file("Italic"),
    bolditalics: file("MediumItalic"),
  };
  const courier = {
    normal: "Courier",
    bold: "Courier-Bold",
    italics: "Courier-Oblique",
    bolditalics: "Courier-BoldOblique",
  };
  const allowed = new Set<string>([...Object.values(roboto), ...Object.values(courier)]);
  pdfMake.setFonts({ Roboto: roboto, Courier: courier });
  pdfMake.setUrlAccessPolicy(() => false);
  pdfMake.setLocalAccessPolicy((path) => allowed.has(path));
}

function toDefinition(report: OptimisationReport): PdfDefinition {
  const { period } = report;
  const range = formatRange(period.from, period.to);
  return {
    pageSize: "A4",
    pageMargins: [42, 46, 42, 50],
    info: { title: `Optimisation report, ${range}`, creator: "Kontor", producer: "Kontor" },
    defaultStyle: { font: "Roboto", fontSize: 9.5, lineHeight: 1.25, color: ink },
    styles: {
      section: { fontSize: 15, bold: true, margin: [0, 22, 0, 8] },
      head: { color: muted, fontSize: 8.5, bold: true },
    },
    footer: (page, pages) => ({
      columns: [
        { width: "*", text: `Kontor optimisation report, ${range}` },
        { width: 60, text: `${page} of ${pages}`, alignment: "right" },
      ],
      color: muted,
      fontSize: 8,
      margin: [42, 18, 42, 0],
    }),
    content: [
      ...opening(report),
      { text: "Bottlenecks", style: "section" },
      ...bottlenecks(report),
      { text: "Breaches", style: "section" },
      report.breaches.length === 0
        ? empty(emptyTexts.breaches)
        : cutRows(report.breaches, "breaches", breachPart),
      { text: "Slow endpoints", style: "section" },
      ...courses(report),
      report.slowEndpoints.length === 0 ? empty(emptyTexts.endpoints) : endpointPart(report.slowEndpoints),
      { text: "Deployments", style: "section" },
      report.deployments.length === 0 ? empty(emptyTexts.deployments) : deploymentPart(report.deployments),
      { text: "Where the figures come from", style: "section" },
      ...report.appendix.map(({ figure, source }) => ({
        columns: [
          { width: 120, text: toPdfText(figure), color: muted },
          { width: "*", text: toPdfText(source) },
        ],
        fontSize: 8.5,
        columnGap: 10,
        margin: [0, 0, 0, 4],
      })),
    ],
  };
}

function opening(report: OptimisationReport): PdfNode[] {
  const { period } = report;
  const made = `${formatRange(period.from, period.to)}, made ${formatInstant(period.generatedAt)} UTC`;
  const figures = listKeyFigures(report);
  return [
    {
      table: {
        widths: ["*"],
        body: [
          [
            {
              stack: [
                { text: "Optimisation report", color: muted, bold: true },
                {
                  text: toPdfText(report.headline),
                  fontSize: 17,
                  bold: true,
                  lineHeight: 1.18,
                  margin: [0, 7, 0, 7],
                },
                { text: made, color: muted },
              ],
              margin: [10, 0, 0, 0],
            },
          ],
        ],
      },
      layout: {
        hLineWidth: () => 0,
        vLineWidth: (at: number) => (at === 0 ? 3 : 0),
        vLineColor: () => toneColours[report.tone],
      },
    },
    {
      margin: [0, 16, 0, 0],
      table: {
        widths: figures.map(() => "*"),
        body: [
          figures.map(({ label, value, note, tone }) => ({
            stack: [
              { text: label, color: muted, fontSize: 8 },
              { text: value, fontSize: 15, bold: true, lineHeight: 1.15, color: toneColours[tone] },
              { text: note === "" ? " " : note, color: muted, fontSize: 8 },
            ],
            margin: [3, 3, 3, 2],
          })),
        ],
      },
      layout: {
        hLineWidth: () => 0.6,
        vLineWidth: () => 0.6,
        hLineColor: () => line,
        vLineColor: () => line,
      },
    },
  ];
}

function bottlenecks(report: OptimisationReport): PdfNode[] {
  const { bottlenecks: list } = report;
  if (list.length === 0) return [empty(emptyTexts.bottlenecks)];
  const { detailed, brief } = divideBottlenecks(list);
  return [
    ...lostTime(report),
    ...(detailed.length === 0 ? [empty("None was seen in this period.")] : detailed.flatMap(bottleneckParts)),
    ...brief.map((part) => cutRows(part.list, "bottlenecks", (shown) => briefPart(part.title, shown))),
  ];
}

/** The first rows of a list; what is left out is counted, and stands in the other formats. */
function cutRows<Row>(
  list: readonly Row[],
  what: string,
  toPart: (shown: readonly Row[]) => PdfNode,
): PdfNode {
  const rest = list.length - rowsMax;
  if (rest <= 0) return toPart(list);
  const note = `${formatCount(rest)} more of ${formatCount(list.length)} ${what}: this report as HTML, Markdown or JSON has them all.`;
  return {
    stack: [toPart(list.slice(0, rowsMax)), { ...(empty(note) as object), margin: [0, 6, 0, 0] }],
  };
}

function lostTime(report: OptimisationReport): PdfNode[] {
  const svg = drawLostTime(report, look);
  if (svg === undefined) return [];
  const charted = listCharted(report.bottlenecks, look);
  const rest = report.bottlenecks.filter((one) => one.course.length > 0 && !charted.includes(one)).length;
  const key = (colour: string, text: string): PdfNode => ({
    columns: [
      { width: 8, canvas: [{ type: "rect", x: 0, y: 2, w: 7, h: 7, color: colour }] },
      { width: "*", text },
    ],
    columnGap: 5,
    fontSize: 8.5,
  });
  return [
    {
      stack: [
        {
          text: [
            { text: "Time lost ", bold: true },
            { text: "of all requests, for each minute; dashed lines are deployments", color: muted },
          ],
        },
        { svg, width: pageWidth },
        ...charted.map(({ rank, title }, at) =>
          key(look.colours.series[at] ?? look.colours.other, `${rank}. ${toPdfText(title, 120)}`),
        ),
        ...(rest > 0 ? [key(look.colours.other, many(rest, "other"))] : []),
      ],
      unbreakable: true,
      margin: [0, 0, 0, 14],
    },
  ];
}

function courses(report: OptimisationReport): PdfNode[] {
  if (report.courses.length === 0) return [];
  const cells = report.courses.map((course) => ({
    stack: [
      {
        text: [
          { text: `${toPdfText(course.route, 80)} `, bold: true },
          { text: toPdfText(course.service, 60), color: muted },
        ],
      },
      { svg: drawCourse(course, report, { ...look, width: 400 }), width: (pageWidth - 14) / 2 },
    ],
    unbreakable: true,
  }));
  const rows = cells.flatMap((cell, at) => (at % 2 === 0 ? [[cell, cells[at + 1] ?? { text: "" }]] : []));
  return [
    { text: "p95 (line) and median (dashed); red grounds are breaches.", color: muted, margin: [0, 0, 0, 6] },
    ...rows.map((columns) => ({ columns, columnGap: 14, margin: [0, 0, 0, 10] })),
  ];
}

function empty(text: string): PdfNode {
  return { text, color: muted };
}
