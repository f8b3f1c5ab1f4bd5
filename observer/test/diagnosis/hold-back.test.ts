import { holdBackVictims } from "@kontor/observer/diagnosis/hold-back";
import { toTreeOfRecords } from "@kontor/observer/diagnosis/trace-summary";
import { createLateServices } from "@kontor/observer/engine/late-services";
import { subjectKey } from "@kontor/observer/signals/subject";
import { describe, expect, it } from "vitest";
import { about } from "../rules/subjects.ts";
import { epochMs, testDiagnosis, traceBuilder } from "./trace-builder.ts";

/** A statement of so many ms in one request of a service, seen often enough to be told. */
function slowStatement(service: string, ms: number) {
  const diagnosis = testDiagnosis({ limitMs: 5_000 });
  const build = (number: number) => {
    const t = traceBuilder(number);
    const root = t.request("GET /stock", { at: 0, ms: ms + 20, service });
    t.sql("select * from stock where item = $1", { parent: root, at: 10, ms, service, query: "stock.read" });
    return toTreeOfRecords(t.spans);
  };
  for (const number of [1, 2, 3]) diagnosis.diagnose(build(number), epochMs);
  const tree = build(4);
  return { tree, explanation: diagnosis.diagnose(tree, epochMs) };
}

describe("a slow statement", () => {
  // Red when: whyVictim compares the delay with the time of the statement instead of what is above the limit.
  it("of a starved service is held back with the reason; that of its healthy twin is told", () => {
    const late = createLateServices();
    const note = (service: string, delayMs: number, atMs: number) => {
      const subject = about(service);
      const rest = { count: 1, effectiveWindowSeconds: 2, newestAtMs: atMs };
      late.note(new Map([[subjectKey(subject), { subject, value: delayMs, ...rest }]]));
    };
    note("starved", 390, epochMs + 600);
    note("healthy", 4, epochMs + 600);
    const tell = (service: string, ms: number) => {
      const { tree, explanation } = slowStatement(service, ms);
      expect(explanation.detections.map(({ detector }) => detector)).toEqual(["slow-sql"]);
      return holdBackVictims(tree, explanation, late.worstDelayMs);
    };
    const starved = tell("starved", 880);
    expect(starved.detections).toEqual([]);
    expect(starved.silences.at(-1)).toMatchObject({
      detector: "slow-sql",
      reason: expect.stringMatching(/event loop of starved was 390 ms late then/),
    });
    expect(tell("healthy", 880).detections).toHaveLength(1);
    // More than the delay explains: the statement is slow all the same.
    expect(tell("starved", 900).detections).toHaveLength(1);
  });

  it("is told where the delay was at another time, or is not known", () => {
    const late = createLateServices();
    const { tree, explanation } = slowStatement("shop", 880);
    const subject = about("shop");
    const sample = { subject, value: 900, count: 1, effectiveWindowSeconds: 2, newestAtMs: epochMs - 10_000 };
    late.note(new Map([[subjectKey(subject), sample]]));
    expect(holdBackVictims(tree, explanation, late.worstDelayMs)).toBe(explanation);
    late.note(new Map([[subjectKey(subject), { ...sample, newestAtMs: epochMs + 10_000 }]]));
    expect(holdBackVictims(tree, explanation, late.worstDelayMs)).toBe(explanation);
  });
});

describe("a slowdown", () => {
  const slow = (kind: "own" | "call") => {
    const diagnosis = testDiagnosis({ limitMs: 500 });
    const build = (number: number) => {
      const t = traceBuilder(number);
      const root = t.request("GET /stock", { at: 0, ms: 900, service: "shop" });
      if (kind === "call") {
        t.span({
          parent: root,
          kind: "client",
          name: "GET",
          at: 10,
          ms: 880,
          service: "shop",
          attributes: {
            "http.request.method": "GET",
            "server.address": "tax.example",
            "url.full": "https://tax.example/rates",
          },
        });
      }
      return toTreeOfRecords(t.spans);
    };
    for (let number = 1; number <= 40; number += 1) diagnosis.diagnose(build(number), epochMs);
    const tree = build(41);
    return { tree, explanation: diagnosis.diagnose(tree, epochMs) };
  };

  // Red when: ownRoles is empty: a blocked event loop would hide itself.
  it("by the service's own work is told however late its event loop was; by what it waits for it is held back", () => {
    const veryLate = () => 2_000;
    const own = slow("own");
    expect(own.explanation.detections.map(({ detector }) => detector)).toEqual(["slowdown-source"]);
    expect(holdBackVictims(own.tree, own.explanation, veryLate).detections).toHaveLength(1);
    const call = slow("call");
    expect(call.explanation.detections.map(({ detector }) => detector)).toEqual(["slowdown-source"]);
    expect(holdBackVictims(call.tree, call.explanation, veryLate).detections).toEqual([]);
    expect(holdBackVictims(call.tree, call.explanation, () => 50).detections).toHaveLength(1);
  });
});

describe("other findings", () => {
  it("rest on counts and are told however late a service was", () => {
    const t = traceBuilder(1);
    const root = t.request("GET /orders", { at: 0, ms: 900, service: "shop" });
    for (let at = 0; at < 12; at += 1)
      t.sql("select * from lines where id = $1", {
        parent: root,
        at: at * 70,
        ms: 60,
        service: "shop",
        hash: `${at}`,
        query: "lines.read",
      });
    const tree = toTreeOfRecords(t.spans);
    const explanation = testDiagnosis({ limitMs: 5_000 }).diagnose(tree, epochMs);
    expect(explanation.detections.map(({ detector }) => detector)).toEqual(["n-plus-one-sql"]);
    expect(holdBackVictims(tree, explanation, () => 60_000)).toBe(explanation);
  });
});
