import { createSignalHistory } from "@kontor/observer/engine/signal-history";
import type { Samples } from "@kontor/observer/signals/signal-source";
import { type Subject, subjectKey } from "@kontor/observer/signals/subject";
import { expect, it } from "vitest";

const subject = { environment: "default", namespace: "", service: "core-erp" };
const startMs = 1_800_000_000_000;
const always = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

/** A source in which each of the services has the value of the moment as its CPU, and nothing else. */
function sourceOf(value: () => number | undefined, services = ["core-erp"]) {
  const read = (signal: string): Samples => {
    const now = value();
    if (signal !== "cpuRatio" || now === undefined) return new Map();
    const rest = { value: now, count: 1, effectiveWindowSeconds: 30, newestAtMs: 0 };
    const subjects: Subject[] = services.map((service) => ({ ...subject, service }));
    return new Map(subjects.map((one) => [subjectKey(one), { subject: one, ...rest }]));
  };
  return { read };
}

it("takes one value for every ten seconds, however often it is told", () => {
  let value = 0.25;
  const history = createSignalHistory({ source: sourceOf(() => value) });
  for (let second = 0; second < 25; second += 1) {
    history.note(startMs + second * 1_000);
    value = 0.5;
  }
  expect(history.read("cpuRatio", subject, always)).toEqual([
    { atMs: startMs, value: 0.25 },
    { atMs: startMs + 10_000, value: 0.5 },
    { atMs: startMs + 20_000, value: 0.5 },
  ]);
  expect(
    history.read("cpuRatio", subject, { fromMs: startMs + 10_000, toMs: startMs + 19_999 }),
  ).toHaveLength(1);
});

it("a time without data is a gap, and a time without ticks is left out", () => {
  let value: number | undefined = 1;
  const history = createSignalHistory({ source: sourceOf(() => value) });
  history.note(startMs);
  value = undefined;
  history.note(startMs + 10_000);
  value = 3;
  history.note(startMs + 50_000);
  const points = history.read("cpuRatio", subject, always);
  expect(points.map(({ atMs, value: one }) => [atMs - startMs, one])).toEqual([
    [0, 1],
    [10_000, undefined],
    [50_000, 3],
  ]);
});

// Red when: `clear` leaves the value of an hour ago where a silent series has none now.
it("keeps one hour, and nothing of the hour before shows through", () => {
  let value: number | undefined = 7;
  const history = createSignalHistory({ source: sourceOf(() => value) });
  for (let slot = 0; slot < 400; slot += 1) {
    value = slot < 100 ? 7 : slot === 399 ? 9 : undefined;
    history.note(startMs + slot * 10_000);
  }
  const points = history.read("cpuRatio", subject, always);
  expect(points).toHaveLength(360);
  expect(points.filter((one) => one.value === 7)).toHaveLength(60);
  expect(points.at(-1)).toEqual({ atMs: startMs + 3_990_000, value: 9 });
});

it("forgets a series that was silent for an hour, and a clock that was set back changes nothing", () => {
  let value: number | undefined = 1;
  const history = createSignalHistory({ source: sourceOf(() => value) });
  history.note(startMs);
  value = 2;
  history.note(startMs - 60_000);
  expect(history.read("cpuRatio", subject, always)).toEqual([{ atMs: startMs, value: 1 }]);
  value = undefined;
  history.note(startMs + 3_600_000);
  expect(history.usage().series).toBe(0);
});

it("follows at most `seriesMax` series and counts those it refused", () => {
  const services = Array.from({ length: 30 }, (_, i) => `service-${i}`);
  const history = createSignalHistory({ source: sourceOf(() => 1, services), seriesMax: 20 });
  history.note(startMs);
  history.note(startMs + 10_000);
  expect(history.usage()).toEqual({ series: 20, seriesMax: 20, refused: 10 });
});
