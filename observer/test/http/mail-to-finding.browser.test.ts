import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@kontor/kit/logger";
import { Resources } from "@kontor/kit/resources";
import { type MailCatcher, startMailCatcher } from "@kontor/kit/testing/mail-catcher";
import { openTestDatabase } from "@kontor/kit/testing/test-database";
import { openObserver } from "@kontor/observer/open-observer";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";

const statement = "select id, sku, quantity from order_lines where order_id = $1";
const route = "GET /api/orders";
const rows = 12;
let browser: Browser;
let catcher: MailCatcher;
let otlpUrl = "";
const resources = new Resources();

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: inject("chromiumPath"), args: ["--no-sandbox"] });
  resources.use({ [Symbol.asyncDispose]: () => browser.close() });
  catcher = resources.use(await startMailCatcher());
  const folder = await mkdtemp(join(tmpdir(), "kontor-mail-"));
  resources.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  const migrations = new URL("../../migrations/", import.meta.url);
  const database = resources.use(await openTestDatabase({ schema: "observer", migrations }));
  const configurationPath = join(folder, "observer_config.json");
  const configuration = {
    defaults: { latencyP95MsMax: { limit: 500, minRequests: 5, keepFiringSeconds: 600 } },
    alerts: { receivers: [{ name: "mail", type: "smtp" }] },
  };
  await writeFile(configurationPath, JSON.stringify(configuration));
  const observer = await openObserver(
    {
      ...{ configurationPath, environment: {}, dataDirectory: join(folder, "data"), host: "127.0.0.1" },
      // Links in mails name the port.
      ...{ port: await freePort(), otlpPort: 0, otlpToken: undefined, tokens: undefined, version: "test" },
      ...{ home: { environment: "default", namespace: "" }, postgres: database.options, busUrl: undefined },
      addresses: {
        smtp: { url: catcher.smtpUrl, from: "kontor@kontor.example", to: "oncall@kontor.example" },
        webhook: undefined,
      },
      ...{ heartbeatUrl: undefined, publicUrl: undefined },
      logger: createLogger({ service: "observer", level: "silent" }),
    },
    resources,
  );
  otlpUrl = observer.otlpUrl;
});
afterAll(() => resources[Symbol.asyncDispose]());

/** One request that reads its rows one by one, ended now, as OTLP JSON. */
function listingRequest(number: number) {
  const endMs = Date.now();
  const traceId = (0xabc000 + number).toString(16).padStart(32, "0");
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = (
    id: number,
    kind: number,
    name: string,
    fromMs: number,
    ms: number,
    attributes: object[],
  ) => ({
    ...{ traceId, spanId: (number * 100 + id + 1).toString(16).padStart(16, "0"), kind, name, attributes },
    startTimeUnixNano: `${endMs - 900 + fromMs}000000`,
    endTimeUnixNano: `${endMs - 900 + fromMs + ms}000000`,
  });
  const root = span(0, 2, route, 0, 900, [
    text("http.request.method", "GET"),
    text("http.route", "/api/orders"),
    text("http.response.status_code", "200"),
  ]);
  const queries = Array.from({ length: rows }, (_, at) => ({
    ...span(at + 1, 3, "select order_lines", 10 + at * 70, 60, [
      text("db.system.name", "postgresql"),
      text("db.query.text", statement),
      text("code.function.name", "order_lines.list_by_order"),
      text("kontor.db.parameters_hash", `h${number}-${at}`),
    ]),
    parentSpanId: root.spanId,
  }));
  return [root, ...queries];
}

async function send(spans: readonly object[]): Promise<void> {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "core-erp" } }] };
  const answer = await fetch(`${otlpUrl}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "test" }, spans }] }] }),
  });
  expect(answer.status).toBe(200);
}

/** Opens a link of the mail that is shown, as the one who reads it does. */
async function followLink(page: Page, name: string | RegExp): Promise<Page> {
  const opened = page.waitForEvent("popup");
  await page.frameLocator("iframe").getByRole("link", { name }).first().click();
  const next = await opened;
  await next.waitForLoadState();
  return next;
}

// Red when: the page of an alert, or of a finding, is not at the address that alert-event.ts writes into mails.
it("the links of a real alert mail lead to the alert with its time line, and to the finding with its text", async () => {
  for (let number = 0; number < 30; number += 1) await send(listingRequest(number));
  await expect
    .poll(async () => (await catcher.mails()).filter(({ html }) => html.includes("/findings/")).length, {
      timeout: 40_000,
      interval: 250,
    })
    .toBeGreaterThan(0);
  const mail = (await catcher.mails()).find(({ html }) => html.includes("/findings/"));
  const page = await browser.newPage();
  await page.goto(`${catcher.url}/messages/${mail?.id}`);

  const alert = await followLink(page, "Open the alert");
  expect(await alert.locator("h1").textContent()).toBe(`${route}: latency p95`);
  expect(await alert.getByRole("region", { name: "Changes of state" }).textContent()).toMatch(
    /firing.*9\d\d ms/s,
  );
  await alert.getByRole("img", { name: /^latency p95: now observed 9\d\d ms$/ }).waitFor();
  expect(await alert.locator(".chart-limit").textContent()).toBe("limit 500 ms");
  await alert
    .getByRole("link", { name: /order_lines\.list_by_order/ })
    .first()
    .click();
  expect(await alert.locator("h1").textContent()).toContain("order_lines.list_by_order");

  const finding = await followLink(page, /order_lines\.list_by_order/);
  expect(new URL(finding.url()).pathname).toMatch(/^\/findings\/[0-9a-f]{16}$/);
  const text = (await finding.locator("main").textContent()) ?? "";
  expect(text).toContain(`N+1 SQL`);
  expect(text).toContain(`${rows} times`);
  // As the page lays it out, its parameter as the detectors compare it.
  expect(text).toContain("select id, sku, quantity\nfrom order_lines\nwhere order_id = ?");
  expect(text).toContain("core-erp");
  await page.close();
});
