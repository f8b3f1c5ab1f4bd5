import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readTrace, type SpanView } from "../../clients/observer-client.ts";
import { readJson } from "../../clients/read-json.ts";
import type { System } from "../../start/system.ts";
import { openTemporaryFolder } from "../../start/temporary-folder.ts";
import { eventually } from "../start/eventually.ts";
import { logInSeller, openTestSystem, placeOrder } from "./running-system.ts";

let system: System;
const resources = new AsyncDisposableStack();

beforeAll(async () => {
  const folder = resources.use(await openTemporaryFolder("system"));
  system = resources.use(await openTestSystem(folder.path));
});
afterAll(() => resources.disposeAsync());

const summaries = z.object({ traces: z.array(z.object({ traceId: z.string(), rootName: z.string() })) });

async function findOrderTrace(): Promise<string | undefined> {
  const url = `${system.urls.observer}/api/v1/traces?service=gateway&limit=50`;
  const found = await readJson(url, summaries);
  return found?.traces.find(({ rootName }) => rootName.startsWith("POST /api/orders"))?.traceId;
}

const isFrom = (service: string, kind: string) => (span: SpanView) =>
  span.service === service && span.kind.toLowerCase() === kind;

describe("one order by one request at the gateway", () => {
  // Red when: the outbox of kit does not keep the trace context of who appended the event.
  it("is one trace over gateway, core-erp, PostgreSQL, outbox, bus and notification, without a lost parent", async () => {
    const seller = await logInSeller(system.urls.gateway);
    const answer = await placeOrder(seller, randomUUID());
    expect(answer.status).toBe(201);
    const spans = await eventually(async () => {
      const traceId = await findOrderTrace();
      const seen = traceId === undefined ? [] : await readTrace({ url: system.urls.observer }, traceId);
      return seen.some(isFrom("notification", "consumer")) && seen;
    }, 30_000);

    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === null);
    expect(roots.map(({ service, kind }) => `${service} ${kind.toLowerCase()}`)).toEqual(["gateway server"]);
    const orphans = spans.filter(({ parentSpanId }) => parentSpanId !== null && !byId.has(parentSpanId));
    expect(orphans.map(({ service, name }) => `${service} ${name}`)).toEqual([]);

    for (const [service, kind] of [
      ["gateway", "client"],
      ["core-erp", "server"],
      ["core-erp", "client"],
      ["core-erp", "producer"],
      ["notification", "consumer"],
      ["notification", "client"],
    ] as const) {
      expect(spans.filter(isFrom(service, kind)).length, `${service} ${kind}`).toBeGreaterThan(0);
    }
    const isStatement = ({ attributes }: SpanView) => attributes["db.system.name"] === "postgresql";
    expect(spans.filter(isFrom("core-erp", "client")).some(isStatement)).toBe(true);
    const consumer = spans.find(isFrom("notification", "consumer"));
    expect(byId.get(consumer?.parentSpanId ?? "")).toMatchObject({ service: "core-erp" });
  });
});
