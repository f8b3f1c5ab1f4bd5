// The bundle in one file: the same code as several hundred modules takes eight times as long to load.
import { type EChartsCoreOption, init } from "echarts/dist/echarts.esm.min.mjs";

/** The colours of a chart. */
export interface ChartColours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly bad: string;
  readonly badSoft: string;
  readonly good: string;
  readonly accent: string;
  /** Of series, in the order of rank. */
  readonly series: readonly string[];
  readonly other: string;
}

export interface ChartLook {
  readonly colours: ChartColours;
  readonly fontFamily: string;
  readonly width: number;
}

/** Each colour of a page's chart is such a mark, which becomes the page's own colour for light and dark. */
const marks = {
  text: "#f1e001",
  muted: "#f1e002",
  line: "#f1e003",
  bad: "#f1e004",
  badSoft: "#f1e005",
  good: "#f1e006",
  accent: "#f1e007",
  other: "#f1e008",
} as const;
const seriesMarks = ["#f1e011", "#f1e012", "#f1e013", "#f1e014", "#f1e015"];

export const pageColours: ChartColours = { ...marks, series: seriesMarks };

/** Of paper, and of the light page: every one can be told from its neighbours without colour vision by its lightness. */
export const paperColours: ChartColours = {
  text: "#12161f",
  muted: "#505b6b",
  line: "#e1e4ea",
  bad: "#c4342b",
  badSoft: "#fce8e6",
  good: "#2c9a5b",
  accent: "#2b52cc",
  series: ["#b3261e", "#e0920c", "#2b52cc", "#5aa9a3", "#7a4fb5"],
  other: "#b9c0cc",
};

/** Draws a chart as SVG text without scripts, styles or motion. */
export function renderChart(option: EChartsCoreOption, width: number, height: number): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    return withoutStyle(chart.renderToSVGString({ useViewBox: true }));
  } finally {
    chart.dispose();
  }
}

/**
 * A chart that was drawn in `pageColours`, with colours that follow the page: `--chart-text`, `--chart-1` ...
 *
 * @param id of its own on the page: the parts that a chart refers to are named by it
 */
export function toPageChart(svg: string, id: string): string {
  const names = new Map<string, string>([
    ...Object.entries(marks).map(([name, mark]) => [mark, name] as const),
    ...seriesMarks.map((mark, at) => [mark, String(at + 1)] as const),
  ]);
  return svg
    .replace(/#f1e0\d\d/g, (mark) => `var(--chart-${names.get(mark) ?? "text"})`)
    .replace(/\bzr\d+-(?=c\d+[")])/g, `${id}-`);
}

/** Without what is left of interaction in a picture: classes, their styles, and marks for scripts. */
function withoutStyle(svg: string): string {
  return svg
    .replace(/<style\b[\s\S]*?<\/style>/g, "")
    .replace(/ (?:class="zr\d[^"]*"|ecmeta_\w+="[^"]*")/g, "");
}

export function axisLook({ colours, fontFamily }: ChartLook) {
  const label = { color: colours.muted, fontFamily, fontSize: 11 };
  return {
    label,
    time: {
      type: "time" as const,
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { lineStyle: { color: colours.line } },
      axisLabel: { ...label, hideOverlap: true },
      splitLine: { show: false },
    },
    value: {
      type: "value" as const,
      splitNumber: 3,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: colours.line } },
      nameTextStyle: { ...label, align: "left" as const },
    },
  };
}
