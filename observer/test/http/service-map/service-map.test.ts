import { toCallLimits } from "@kontor/observer/http/service-map/call-limits";
import {
  buildServiceMap,
  type MapQuestion,
  type ServiceMap,
} from "@kontor/observer/http/service-map/service-map";
import type { CallGroup, CallParty } from "@kontor/observer/store/call-history";
import { describe, expect, it } from "vitest";
import { ruleOf } from "../pages/view-samples.ts";

function party(service: string): CallParty {
  return { environment: "default", namespace: "", service };
}

function call(from: string | undefined, to: string | undefined, fields: Partial<CallGroup> = {}): CallGroup {
  return {
    kind: from === undefined ? "arrival" : "request",
    caller: from === undefined ? undefined : party(from),
    callee: to === undefined ? undefined : party(to),
    ...{ peer: undefined, calls: 100, failed: 0, slowestTraceId: "a", failedTraceId: undefined },
    // 1.1^41.5 is 52 ms.
    durations: [[41, 100]],
    ...fields,
  };
}

function peer(name: string, kind: "database" | "broker" | "external" = "external", system = "") {
  return { peer: { kind, system, name } };
}

function build(groups: readonly CallGroup[], question: Partial<MapQuestion> = {}): ServiceMap {
  return buildServiceMap(
    { groups, tracesPerSample: 1, isCut: false },
    {
      ...{ seconds: 10, services: [], firingOf: () => 0, limitsOf: toCallLimits([]), focus: undefined },
      ...{ nodesMax: 100, edgesMax: 100 },
      ...question,
    },
  );
}

function lines({ nodes, edges }: ServiceMap): string[] {
  const names = new Map(
    nodes.map(({ id, kind, name }) => [id, kind === "service" ? name : `${kind} ${name}`]),
  );
  return edges.map(({ from, to, state }) => `${names.get(from)} > ${names.get(to)} ${state}`);
}

describe("the map built from calls", () => {
  it("merges calls between the same two, whatever address they went to, and counts per second", () => {
    const map = build([
      call("gateway", "shop", { ...peer("a:1"), failed: 10, failedTraceId: "f" }),
      call("gateway", "shop", { ...peer("b:1"), durations: [[60, 100]] }),
    ]);
    expect(map.edges).toHaveLength(1);
    expect(map.edges[0]).toMatchObject({
      callsPerSecond: 20,
      failedPerSecond: 1,
      errorRatio: 0.05,
      failedTraceId: "f",
    });
    // The 95th of a hundred short and a hundred long ones is a long one: 1.1^60.5 ms.
    expect(map.edges[0]?.p95Ms).toBeCloseTo(319.3, 0);
  });

  it("a call that nobody answered belongs to the one service that answers at its address", () => {
    const refused = call("gateway", undefined, { ...peer("a:1"), calls: 7, failed: 7 });
    // Red when: resolvePeers gives every group back as it was
    expect(lines(build([call("gateway", "shop", peer("a:1")), refused]))).toEqual(["gateway > shop warn"]);
    const shared = [call("gateway", "shop", peer("a:1")), call("gateway", "stock", peer("a:1")), refused];
    expect(lines(build(shared))).toContain("gateway > external a:1 warn");
  });

  it("waiting for a connection belongs to the database that the caller uses, unless it uses several", () => {
    const waiting = call("shop", undefined, peer("", "database", "postgresql"));
    const one = call("shop", undefined, peer("orders", "database", "postgresql"));
    expect(lines(build([waiting, one]))).toEqual(["shop > database orders good"]);
    const other = call("shop", undefined, peer("stock", "database", "postgresql"));
    expect(lines(build([waiting, one, other]))).toContain("shop > database postgresql good");
  });

  it("databases, brokers and strangers are nodes of their own; messages run through the broker", () => {
    const topic = peer("orders", "broker", "rabbitmq");
    const map = build([
      call(undefined, "shop"),
      call("shop", undefined, peer("kontor", "database", "postgresql")),
      call("shop", undefined, { ...topic, kind: "publish" }),
      call(undefined, "mails", { ...topic, kind: "consume" }),
      call("mails", undefined, peer("smtp.example:25")),
      call("mails", undefined, peer("")),
    ]);
    expect(lines(map).toSorted()).toEqual([
      "broker orders > mails good",
      "mails > external smtp.example:25 good",
      "mails > external unnamed good",
      "outside not observed > shop good",
      "shop > broker orders good",
      "shop > database kontor good",
    ]);
    expect(map.edges.filter(({ kind }) => kind === "message")).toHaveLength(2);
  });

  it("what breaks a limit comes first, then what fails, then what is most; too few calls are not judged", () => {
    const limitsOf = toCallLimits([
      ruleOf({
        rule: "httpClientErrorRatioMax",
        service: "gateway",
        endpoint: null,
        limit: 0.05,
        minRequests: 20,
      }),
      ruleOf({ rule: "latencyP95MsMax", service: "slow", endpoint: "GET /a", limit: 40 }),
      ruleOf({ rule: "latencyP95MsMax", service: "shop", endpoint: "GET /a", limit: 40 }),
      ruleOf({ rule: "latencyP95MsMax", service: "shop", endpoint: "GET /b", limit: 400 }),
    ]);
    const map = build(
      [
        call("gateway", "busy", { calls: 5_000 }),
        call("gateway", "few", { calls: 19, failed: 19 }),
        call("gateway", "at", { failed: 5 }),
        call("gateway", "failing", { failed: 6 }),
        call("gateway", "slow"),
        call("gateway", "shop"),
      ],
      { limitsOf },
    );
    // Red when: toReasons compares with >= the limit
    expect(lines(map)).toEqual([
      "gateway > failing bad",
      "gateway > slow bad",
      "gateway > few warn",
      "gateway > at warn",
      "gateway > busy good",
      "gateway > shop good",
    ]);
    expect(map.edges.slice(0, 2).map(({ reasons }) => reasons)).toEqual([["errors"], ["p95"]]);
  });

  it("what is cut is what is well, and the map says how much there was", () => {
    const groups = Array.from({ length: 50 }, (_, at) => call("hub", `s${at}`, { calls: 1_000 - at }));
    const map = build([...groups, call("lonely", "broken", { calls: 1, failed: 1 })], {
      services: [party("idle"), party("alarmed")],
      firingOf: ({ service }) => (service === "alarmed" ? 2 : 0),
      nodesMax: 5,
      edgesMax: 2,
    });
    expect(map.nodes.map(({ name }) => name)).toEqual(["alarmed", "broken", "lonely", "hub", "s0"]);
    expect(lines(map)).toEqual(["lonely > broken warn", "hub > s0 good"]);
    expect(map).toMatchObject({ nodeCount: 55, edgeCount: 51 });
    expect(map.nodes[0]).toMatchObject({ firing: 2, state: "bad" });
  });

  it("around one service there are its neighbours alone, and itself even in silence", () => {
    const groups = [call("a", "b"), call("b", "c"), call("c", "d")];
    expect(lines(build(groups, { focus: "b" }))).toEqual(["a > b good", "b > c good"]);
    expect(build(groups, { focus: "e", services: [party("e")] }).nodes.map(({ name }) => name)).toEqual([
      "e",
    ]);
  });

  it("where every n-th trace was read, rates stand for all of them", () => {
    const map = buildServiceMap(
      { groups: [call("a", "b")], tracesPerSample: 4, isCut: true },
      {
        ...{ seconds: 10, services: [], firingOf: () => 0, limitsOf: toCallLimits([]), focus: undefined },
        ...{ nodesMax: 9, edgesMax: 9 },
      },
    );
    expect(map).toMatchObject({ edges: [{ callsPerSecond: 40 }], tracesPerSample: 4, isCut: true });
  });
});
