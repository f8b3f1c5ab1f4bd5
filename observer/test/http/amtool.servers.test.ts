import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findAmtool } from "@kontor/kit/testing/servers/alertmanager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, type Observing, startObserving } from "../cli/observing.ts";
import { attributes, jsonTraces } from "../ingest/decode-fixture.ts";
import { openWebhookRecorder } from "./webhook-recorder.ts";

const token = "amtool-0123456789";
const webhookSecret = "shared with the receiver";
const repeatIntervalSeconds = 3;
const configuration = {
  defaults: { windowSeconds: 300, minRequests: 1, latencyP95MsMax: 100 },
  services: { shop: { critical: true } },
  alerts: {
    groupIntervalSeconds: 0,
    receivers: [
      { name: "pager", type: "webhook", severities: ["critical"], repeatIntervalSeconds },
      { name: "log", type: "webhook", severities: ["warning"] },
    ],
  },
};

const stack = new AsyncDisposableStack();
let observer: Observing;
let webhooks: Awaited<ReturnType<typeof openWebhookRecorder>>;
let clientConfig: string;

/** Runs the real amtool. @returns what it prints; its exit code is among it when it is not 0 */
function amtool(...args: string[]): Promise<string> {
  const config = args.some((each) => each.startsWith("--http.config.file"))
    ? []
    : [`--http.config.file=${clientConfig}`];
  return new Promise((resolve) => {
    execFile(
      findAmtool(),
      [...args, ...config, `--alertmanager.url=${observer.url}`],
      (error, stdout, stderr) => {
        resolve(error === null ? stdout : `exit code ${error.code}\n${stdout}${stderr}`);
      },
    );
  });
}

async function eventually(work: () => Promise<string>, wanted: RegExp): Promise<string> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const said = await work();
    if (wanted.test(said)) return said;
    if (Date.now() > deadline) throw new Error(`never ${wanted}:\n${said}`);
  }
}

beforeAll(async () => {
  const { path } = stack.use(await makeFolder());
  webhooks = stack.use(await openWebhookRecorder());
  const config = join(path, "config.json");
  await writeFile(config, JSON.stringify(configuration));
  const tokens = join(path, "tokens.json");
  const permissions = ["read", "silence"];
  await writeFile(tokens, JSON.stringify([{ name: "amtool", token, permissions }]));
  clientConfig = join(path, "amtool.yml");
  await writeFile(clientConfig, `authorization:\n  credentials: ${token}\n`);
  observer = stack.use(
    await startObserving(join(path, "data"), {
      args: ["--config", config],
      env: {
        WEBHOOK_URL: webhooks.url,
        WEBHOOK_SECRET: webhookSecret,
        OBSERVER_TOKENS_FILE: tokens,
      },
      token,
    }),
  );
  await sendSlowRequests("shop", "/orders");
  await sendSlowRequests("batch", "/jobs");
  await observer.eventually("/api/v1/alerts?state=firing", ({ alerts }) => alerts.length === 2 || undefined);
});
afterAll(() => stack.disposeAsync());

async function sendSlowRequests(service: string, route: string): Promise<void> {
  const endNano = BigInt(Date.now()) * 1_000_000n;
  const spans = Array.from({ length: 5 }, (_, index) => ({
    ...{ traceId: `${service.length}${index}`.padStart(32, "a"), spanId: `${index}`.padStart(16, "b") },
    ...{ name: `GET ${route}`, kind: 2 },
    ...{ startTimeUnixNano: String(endNano - 800_000_000n), endTimeUnixNano: String(endNano) },
    attributes: attributes({ "http.request.method": "GET", "http.route": route }),
  }));
  expect((await observer.send("/v1/traces", jsonTraces(spans, { "service.name": service }))).status).toBe(
    200,
  );
}

describe("Debian's amtool against the observer", () => {
  it("lists alerts, all and by matchers", async () => {
    const listed = JSON.parse(await amtool("alert", "query", "-o", "json"));
    const labels = listed.map((alert: { labels: object }) => alert.labels);
    expect(labels).toHaveLength(2);
    expect(labels).toContainEqual(
      expect.objectContaining({
        ...{ alertname: "latencyP95MsMax", service: "shop", endpoint: "GET /orders", severity: "critical" },
      }),
    );
    expect(await amtool("alert", "query", "service=~sh.p", "severity!=warning")).toMatch(/latencyP95MsMax/);
    expect(await amtool("alert", "query", "service=nobody")).not.toMatch(/latencyP95MsMax/);
    expect(await amtool("alert", "query", "latencyP95MsMax", "service=shop", "-o", "extended")).toMatch(
      /service="shop"/,
    );
  });

  // Red when: the silence does not reach the alerts' status, or expiring keeps it active.
  it("adds a silence, finds it, and expires it, and alerts follow", async () => {
    const alerts = () => amtool("alert", "query", "service=shop");
    const id = (
      await amtool("silence", "add", "service=shop", "--comment=deploying", "--author=alice", "--duration=1h")
    ).trim();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await amtool("silence", "query")).toMatch(new RegExp(`${id}.*service="shop".*alice.*deploying`));
    expect(await amtool("silence", "query", "service=shop", "-q")).toContain(id);
    expect(await amtool("silence", "query", "service=batch", "-q")).not.toContain(id);
    await eventually(alerts, /^(?![\s\S]*latencyP95MsMax)/);
    expect(await amtool("alert", "query", "--silenced", "service=shop")).toMatch(/latencyP95MsMax/);

    expect(await amtool("silence", "update", id, "--comment=still deploying", "--duration=2h")).toMatch(
      /still/,
    );
    const [current] = JSON.parse(await amtool("silence", "query", "-o", "json"));
    expect(await amtool("silence", "expire", current.id)).toBe("");
    expect(await amtool("silence", "query", "-q")).not.toContain(current.id);
    expect(await amtool("silence", "query", "--expired", "-q")).toContain(current.id);
    await eventually(alerts, /latencyP95MsMax/);
  });

  it("hears what is wrong with a silence that would silence everything", async () => {
    const said = await amtool("silence", "add", "service=~.*", "--comment=x", "--author=x", "--duration=1h");
    expect(said).toMatch(/exit code 1[\s\S]*or everything is silenced/);
    // Everybody else is told as everywhere in the API.
    const { status, headers } = await observer.request("post", "/api/v2/silences", { token, body: {} });
    expect([status, headers.get("content-type")]).toEqual([400, expect.stringContaining("problem+json")]);
    expect(await amtool("silence", "query", "-q")).toBe("");
  });

  it("reads status and configuration", async () => {
    expect(await amtool("config", "show")).not.toMatch(/exit code/);
    expect(await amtool("cluster", "show")).not.toMatch(/exit code/);
  });

  it("is turned away without a token", async () => {
    const nobody = join(clientConfig, "../nobody.yml");
    await writeFile(nobody, "{}\n");
    expect(await amtool("alert", "query", `--http.config.file=${nobody}`)).toMatch(/exit code 1[\s\S]*401/);
  });
});

describe("a webhook receiver", () => {
  // Red when: `severities` of a receiver are not looked at.
  it("hears the severities of its route only", async () => {
    await webhooks.take(1, ({ payload }) => payload.receiver === "pager");
    await webhooks.take(1, ({ payload }) => payload.receiver === "log");
    for (const { payload } of webhooks.received) {
      const severities = new Set(payload.alerts.map(({ labels }) => labels.severity));
      expect([...severities]).toEqual([payload.receiver === "pager" ? "critical" : "warning"]);
    }
  });

  it("hears of an alert that goes on firing again after its repeat interval, and not before", async () => {
    const isFiring = ({ payload }: { payload: { receiver: string; status: string } }) =>
      payload.receiver === "pager" && payload.status === "firing";
    const [first, second] = await webhooks.take(2, isFiring);
    const passedMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
    expect(passedMs).toBeGreaterThanOrEqual(repeatIntervalSeconds * 1000 - 200);
    expect(second?.headers["idempotency-key"]).not.toBe(first?.headers["idempotency-key"]);
    expect(webhooks.received.filter(({ payload }) => payload.receiver === "log")).toHaveLength(1);
  });

  // Red when: the body is changed after it was signed.
  it("can check by the secret they share that nobody else sent it", async () => {
    for (const { headers, text } of await webhooks.take(2, () => true)) {
      const timestamp = String(headers["x-kontor-timestamp"]);
      const expected = createHmac("sha256", webhookSecret).update(`${timestamp}.${text}`).digest("hex");
      expect(headers["x-kontor-signature"]).toBe(`sha256=${expected}`);
    }
  });
});
