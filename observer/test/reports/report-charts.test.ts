import { expect, it } from "vitest";
import { paperColours } from "../../src/reports/charts/render-chart.ts";
import { drawCourse } from "../../src/reports/charts/report-charts.ts";

const slotMs = 300_000;
const fromMs = Date.parse("2026-11-01T00:00:00Z");
const toIso = (ms: number) => new Date(ms).toISOString();
const look = { colours: paperColours, fontFamily: "sans-serif", width: 700 };

function draw(slots: readonly number[]): string {
  const points = slots.map((slot) => ({
    at: toIso(fromMs + slot * slotMs),
    ...{ requests: 5, p50Ms: 100, p95Ms: 300 },
  }));
  const period = { from: toIso(fromMs), to: toIso(fromMs + 86_400_000), generatedAt: toIso(fromMs), slotMs };
  const course = { environment: "", namespace: "", service: "shop", route: "GET /", limitMs: 500, points };
  return drawCourse(course, { period, deployments: [], breaches: [] }, look);
}

const countMarks = (svg: string) => svg.match(/<path[^>]* fill="#2b52cc"/g)?.length ?? 0;

// Red when: `isAlone` is false for the only point; nothing would be drawn of a system a minute old.
it("a point without neighbours is marked in both lines, points that a line joins are not", () => {
  expect(countMarks(draw([100]))).toBe(2);
  expect(countMarks(draw([100, 101]))).toBe(0);
  expect(countMarks(draw([100, 101, 150, 180, 181]))).toBe(2);
});
