import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findServer } from "@kontor/kit/testing/servers/find-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, type Observing, startObserving } from "../cli/observing.ts";

const service = "generated";
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
const traces = 120;
const children = 4;

const stack = new AsyncDisposableStack();
let observer: Observing;

/** Sends over OTLP/HTTP, protobuf and gzip as it does by itself. @throws when anything it sent was not taken */
async function generate(kind: "traces" | "metrics" | "logs", ...args: string[]): Promise<void> {
  const endpoint = new URL(observer.otlpUrl).host;
  const target = ["--otlp-http", "--otlp-insecure", "--otlp-endpoint", endpoint, "--service", service];
  const { stdout, stderr } = await promisify(execFile)(findServer("telemetrygen"), [
    kind,
    ...target,
    ...["--workers", "1", "--rate", "0"],
    ...args,
  ]);
  expect(stdout + stderr).not.toMatch(/"level":"error"|\berror\b/i);
}

beforeAll(async () => {
  const { path } = stack.use(await makeFolder());
  observer = stack.use(await startObserving(join(path, "data")));
}, 60_000);
afterAll(() => stack.disposeAsync(), 60_000);

describe("a generator that was not written here", () => {
  // Red when: decode-traces.ts leaves out a span, its parent or one of its attributes.
  it("has its traces read back whole, each span with its parent and attributes", async () => {
    const own = ["--telemetry-attributes", 'team="payments"'];
    await generate("traces", "--traces", String(traces), "--child-spans", String(children), ...own);
    const found = await observer.eventually(
      `/api/v1/traces?service=${service}&limit=1000`,
      ({ traces: all }) => (all.length >= traces ? all : undefined),
    );
    expect(found).toHaveLength(traces);
    for (const { traceId: id } of found.slice(0, 10)) {
      const { body } = await observer.request("get", `/api/v1/traces/${id}`);
      expect(body.spans).toHaveLength(children + 1);
      const roots = body.spans.filter((span: { parentSpanId: string | null }) => span.parentSpanId === null);
      expect(roots).toHaveLength(1);
      for (const span of body.spans) {
        expect(span).toMatchObject({ service, attributes: { team: "payments" } });
        expect([null, roots[0].spanId]).toContain(span.parentSpanId);
      }
    }
  });

  it("has its log records read back with their trace", async () => {
    await generate(
      "logs",
      "--logs",
      "25",
      "--trace-id",
      traceId,
      "--span-id",
      spanId,
      "--body",
      "paid in full",
    );
    const logs = await observer.eventually(`/api/v1/traces/${traceId}/logs`, ({ logs: all }) =>
      all.length >= 25 ? all : undefined,
    );
    expect(logs).toHaveLength(25);
    for (const line of logs) expect(line).toMatchObject({ service, spanId, body: "paid in full" });
  });

  it.each(["Gauge", "Sum", "Histogram", "ExponentialHistogram"])(
    "has each point of a %s taken",
    async (type) => {
      const { body: before } = await observer.request("get", "/api/v1/self");
      await generate(
        "metrics",
        "--metrics",
        "30",
        "--metric-type",
        type,
        "--otlp-metric-name",
        `shop.${type}`,
      );
      await observer.eventually(
        "/api/v1/self",
        ({ ingest }) => ingest.accepted.points - before.ingest.accepted.points === 30 || undefined,
      );
      const { body: after } = await observer.request("get", "/api/v1/self");
      expect(after.ingest.refused).toEqual(before.ingest.refused);
    },
  );
});
