import { formatDurationTick, formatTick } from "../report-formats.ts";
import type { Bottleneck, Course, OptimisationReport } from "../report-schema.ts";
import { axisLook, type ChartLook, renderChart } from "./render-chart.ts";

type Drawn = Pick<OptimisationReport, "period" | "deployments" | "breaches">;

const shownVersionMax = 14;

/** The bottlenecks that have a colour of their own in the chart of time lost, by rank. */
export function listCharted(
  bottlenecks: readonly Bottleneck[],
  look: Pick<ChartLook, "colours">,
): readonly Bottleneck[] {
  return bottlenecks.filter(({ course }) => course.length > 0).slice(0, look.colours.series.length);
}

/** Time lost over the period, the costliest bottlenecks in colours of their own and the rest together; undefined where nothing was lost. */
export function drawLostTime(report: OptimisationReport, look: ChartLook): string | undefined {
  const charted = listCharted(report.bottlenecks, look);
  if (charted.length === 0) return undefined;
  const rest = report.bottlenecks.filter((one) => !charted.includes(one)).flatMap(({ course }) => course);
  const layers = [...charted.map(({ course }) => course), ...(rest.length > 0 ? [rest] : [])];
  const axis = axisLook(look);
  const { slotMs } = report.period;
  const slots = listSlots(report);
  const lines = toDeploymentLines(report, undefined, look);
  const series = layers.map((course, at) => ({
    type: "bar",
    stack: "lost",
    barCategoryGap: "25%",
    itemStyle: { color: look.colours.series[at] ?? look.colours.other },
    data: sumBySlot(course, slots, slotMs).map(([from, lostMs]) => [
      from + slotMs / 2,
      lostMs / (slotMs / 60_000),
    ]),
    ...(at === 0 ? { markLine: lines } : {}),
  }));
  const option = {
    useUTC: true,
    grid: {
      left: 8,
      right: 16,
      top: 34,
      bottom: 4,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: timeAxis(report, look),
    yAxis: {
      ...axis.value,
      name: "time lost per minute",
      axisLabel: { ...axis.label, formatter: formatDurationTick },
    },
    series,
  };
  return renderChart(option, look.width, 230);
}

/** p50 and p95 of an endpoint over the period, with its limit, its breaches and the deployments of its service. */
export function drawCourse(course: Course, report: Drawn, look: ChartLook): string {
  const { colours } = look;
  const axis = axisLook(look);
  const half = report.period.slotMs / 2;
  const line = (field: "p50Ms" | "p95Ms") =>
    withGaps(course, report.period.slotMs).map(({ at, point, isAlone }) => ({
      value: [at + half, point?.[field] ?? null],
      symbol: isAlone ? "circle" : "none",
    }));
  const limit = course.limitMs;
  const highest = Math.max(0, ...course.points.map(({ p95Ms }) => p95Ms));
  const option = {
    useUTC: true,
    grid: {
      left: 8,
      right: limit === null ? 16 : 50,
      top: 34,
      bottom: 4,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: timeAxis(report, look),
    yAxis: {
      ...axis.value,
      name: "p95 and median",
      // A limit far above everything would press the course to the ground.
      max: limit !== null && limit > highest && limit < highest * 4 ? limit * 1.1 : undefined,
      axisLabel: { ...axis.label, formatter: formatDurationTick },
    },
    series: [
      {
        type: "line",
        data: line("p95Ms"),
        symbolSize: 6,
        itemStyle: { color: colours.accent },
        lineStyle: { color: colours.accent, width: 2 },
        markLine: toDeploymentLines(report, course, look),
        markArea: toBreachAreas(course, report, look),
      },
      {
        type: "line",
        data: line("p50Ms"),
        symbolSize: 4,
        itemStyle: { color: colours.accent, opacity: 0.8 },
        lineStyle: { color: colours.accent, width: 1.2, type: [4, 3], opacity: 0.8 },
        ...(limit === null
          ? {}
          : {
              markLine: {
                silent: true,
                symbol: "none",
                lineStyle: { color: colours.bad, width: 1, type: "solid" },
                label: {
                  formatter: () => `limit\n${formatDurationTick(limit)}`,
                  position: "end",
                  color: colours.bad,
                  fontFamily: look.fontFamily,
                  fontSize: 11,
                  textBorderWidth: 0,
                },
                data: [{ yAxis: limit }],
              },
            }),
      },
    ],
  };
  return renderChart(option, look.width, 190);
}

function timeAxis({ period }: Pick<OptimisationReport, "period">, look: ChartLook) {
  const axis = axisLook(look).time;
  return {
    ...axis,
    min: Date.parse(period.from),
    max: Date.parse(period.to),
    axisLabel: { ...axis.axisLabel, formatter: formatTick, showMinLabel: false, showMaxLabel: false },
  };
}

function listSlots({ period }: Pick<OptimisationReport, "period">): number[] {
  const fromMs = Date.parse(period.from);
  const count = Math.ceil((Date.parse(period.to) - fromMs) / period.slotMs);
  return Array.from({ length: count }, (_, at) => fromMs + at * period.slotMs);
}

/** Each point is looked at once: parsing its time again for every slot showed in profiles. */
function sumBySlot(
  course: Bottleneck["course"],
  slots: readonly number[],
  slotMs: number,
): [from: number, lostMs: number][] {
  const sums = slots.map(() => 0);
  const [first = 0] = slots;
  for (const { at, lostMs } of course) {
    const slot = Math.floor((Date.parse(at) - first) / slotMs);
    const sum = sums[slot];
    if (sum !== undefined) sums[slot] = sum + lostMs;
  }
  return slots.map((from, slot) => [from, sums[slot] ?? 0]);
}

/** The points with an empty one after each that has no follower: no line is drawn over a silence. One alone has no line, so it needs a mark. */
function withGaps(
  { points }: Course,
  slotMs: number,
): { at: number; point: Course["points"][number] | undefined; isAlone: boolean }[] {
  const times = points.map(({ at }) => Date.parse(at));
  const isJoined = (index: number) =>
    (times[index + 1] ?? Number.NaN) - (times[index] ?? Number.NaN) <= slotMs * 1.5;
  return points.flatMap((point, index) => {
    const at = times[index] ?? Number.NaN;
    const shown = { at, point, isAlone: !isJoined(index - 1) && !isJoined(index) };
    return isJoined(index) ? [shown] : [shown, { at: at + slotMs, point: undefined, isAlone: false }];
  });
}

/** @param course undefined for the deployments of all services */
function toDeploymentLines(report: Drawn, course: Course | undefined, { colours, fontFamily }: ChartLook) {
  const shown = report.deployments.filter(
    ({ service }) => course === undefined || service === course.service,
  );
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: colours.muted, width: 1, type: [3, 3] },
    data: shown.slice(-8).map(({ deployedAt, version }) => ({
      xAxis: Date.parse(deployedAt),
      label: {
        formatter: () =>
          version.length > shownVersionMax ? `${version.slice(0, shownVersionMax - 1)}…` : version,
        position: "end",
        color: colours.muted,
        fontFamily,
        fontSize: 10,
      },
    })),
  };
}

function toBreachAreas({ service, route }: Course, { breaches, period }: Drawn, { colours }: ChartLook) {
  const own = breaches.filter(
    (one) => one.kind === "breach" && one.service === service && one.endpoint === route,
  );
  return {
    silent: true,
    itemStyle: { color: colours.badSoft },
    data: own.map(({ begun, ended }) => [
      { xAxis: Math.max(Date.parse(begun), Date.parse(period.from)) },
      { xAxis: Math.min(Date.parse(ended ?? period.to), Date.parse(period.to)) },
    ]),
  };
}
