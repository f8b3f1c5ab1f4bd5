import { createConfigurationHolder } from "@kontor/observer/config/configuration-holder";
import { createDeadThresholds, settleMs } from "@kontor/observer/engine/dead-thresholds";
import { compileRules } from "@kontor/observer/rules/compile-rules";
import type { Samples } from "@kontor/observer/signals/signal-source";
import { type Subject, subjectKey } from "@kontor/observer/signals/subject";
import { expect, it } from "vitest";
import { readGood } from "../config/read.ts";
import { about } from "../rules/subjects.ts";

const startMs = 1_800_000_000_000;
const file = {
  defaults: { latencyP95MsMax: 500, memoryMbMax: 400, queueDepthMax: 10 },
  services: {
    shop: {
      counters: { "shop.orders.placed": {}, "shop.orders.lost": {} },
      endpoints: { "GET /order": {}, "GET /items": {} },
    },
    tills: {},
  },
};

/** An observer that has heard of `subjects`, whose services send memory and one counter. */
function open(subjects: readonly Subject[]) {
  const holder = createConfigurationHolder(readGood(file));
  const told: { level: string; fields: { thresholds?: string[] }; text: string }[] = [];
  const seen = [...subjects];
  const read = (signal: string): Samples => {
    const rest = { value: 1, count: 1, effectiveWindowSeconds: 60, newestAtMs: 0 };
    const subject = about("shop");
    return signal === "counter:shop.orders.placed"
      ? new Map([[subjectKey(subject), { subject, ...rest }]])
      : new Map();
  };
  const log = (level: string) => (fields: object, text?: string) =>
    void told.push({ level, fields, text: text ?? "" });
  const dead = createDeadThresholds({
    holder,
    evaluation: {
      get judgements() {
        const { rules } = compileRules(holder.current, seen);
        return rules.map((rule) => ({
          rule,
          verdict: { state: "noData" as const, subject: rule.subject },
          source: "stream" as const,
        }));
      },
      ledger: { pathsWithData: new Set(["defaults.memoryMbMax"]), note: () => {} },
    },
    source: { read },
    seenSubjects: () => seen,
    logger: { info: log("info"), warn: log("warn") },
  });
  return { holder, dead, told, seen };
}

it("are told once, after the first minutes of data: services, endpoints, counters and limits that match nothing", async () => {
  const { dead, told } = open([about("shop"), about("shop", "GET /orders"), about("shop", "GET /items")]);
  await dead.note(startMs);
  await dead.note(startMs + settleMs - 10_000);
  expect([dead.isSettled, dead.list(), told]).toEqual([false, [], []]);
  await dead.note(startMs + settleMs);
  await dead.note(startMs + settleMs + 20_000);
  expect(dead.isSettled).toBe(true);
  expect(dead.list().map(({ path }) => path)).toEqual([
    "defaults.queueDepthMax",
    'services.shop.counters["shop.orders.lost"]',
    'services.shop.endpoints["GET /order"]',
    "services.tills",
  ]);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ level: "warn", text: "thresholds of the configuration match nothing" });
  expect(told[0]?.fields.thresholds).toContainEqual(
    expect.stringContaining('no request of GET /order; did you mean "GET /orders"?'),
  );
});

// Red when: `since` is set at the first tick instead of the first data.
it("are not told of while nobody sends anything", async () => {
  const { dead, told, seen } = open([]);
  await dead.note(startMs);
  await dead.note(startMs + settleMs);
  expect([dead.isSettled, told]).toEqual([false, []]);
  seen.push(about("shop"));
  await dead.note(startMs + settleMs + 10_000);
  expect(dead.isSettled).toBe(false);
  await dead.note(startMs + 2 * settleMs + 10_000);
  expect(told).toHaveLength(1);
});

it("are told of again for a changed configuration, when it has had its minutes too", async () => {
  const { dead, told, holder } = open([about("shop"), about("shop", "GET /order"), about("tills")]);
  await dead.note(startMs);
  await dead.note(startMs + settleMs);
  const { tills: _tills, ...services } = file.services;
  holder.reload({ ok: true, configuration: readGood({ ...file, services }) });
  await dead.note(startMs + settleMs + 10_000);
  expect([dead.isSettled, told.length]).toEqual([false, 1]);
  await dead.note(startMs + 2 * settleMs + 10_000);
  expect(told).toHaveLength(2);
});
