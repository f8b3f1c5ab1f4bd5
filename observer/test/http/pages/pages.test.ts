import { AppError } from "@kontor/kit/errors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listingTrace, orderTrace } from "../../diagnosis/sample-traces.ts";
import { pageAddresses, startPages } from "./page-fixture.ts";
import { hostileText, keptReportId } from "./page-samples.ts";
import { findingOf } from "./view-samples.ts";

let pages: Awaited<ReturnType<typeof startPages>>;

beforeAll(async () => {
  pages = await startPages();
});
afterAll(() => pages[Symbol.asyncDispose]());

const get = async (address: string) => (await pages.request<string>("get", address)).body;

/** All tags of a page, as a browser would see them. */
function tagsOf(page: string): string[] {
  return page.match(/<[a-z][^>]*>/gi) ?? [];
}

/** A tag without the values of its attributes. */
function shapeOf(tag: string): string {
  return tag.replace(/"[^"]*"/g, '""');
}

describe("every page", () => {
  // Red when: an attribute's name, a statement or a query parameter reaches a page other than through `html`.
  it("holds no tag, handler or address that came from telemetry", async () => {
    for (const address of pageAddresses()) {
      const page = await get(address);
      const tags = tagsOf(page);
      const foreign = tags.filter((tag) =>
        /^<(?:img|iframe|object)|\s(?:on\w+|style)\s*=/i.test(shapeOf(tag)),
      );
      expect(foreign, address).toEqual([]);
      expect(
        tags.filter((tag) => /\s(?:href|src|action)="(?![/#])/.test(tag)),
        address,
      ).toEqual([]);
      const scripts = tags.filter((tag) => /^<script/i.test(tag));
      expect(
        scripts.filter((tag) => !/^<script type="module" src="\/assets\/(?:live|charts)\.js">$/.test(tag)),
        address,
      ).toEqual([]);
      expect(page, address).not.toContain(hostileText);
    }
  });

  it("is sent with a policy that allows nothing inline and nothing from elsewhere", async () => {
    for (const address of pageAddresses()) {
      const { headers } = await pages.request("get", address);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy, address).toContain("default-src 'none'");
      expect(policy, address).not.toContain("unsafe");
      expect(headers.get("content-type")).toContain("text/html");
    }
  });

  it("names only assets that are served, and links that lead to a page", async () => {
    const addresses = ["/", "/services/core-erp", "/silences", "/alerts/00000000000000a1", "/reports"];
    const page = (await Promise.all(addresses.map(get))).join("");
    for (const [, address = ""] of page.matchAll(/(?:href|src)="(\/[^"#]*)"/g)) {
      // Documents are proved where they are made.
      if (address.includes("%3Cscript") || /format=(?:md|html|pdf)$/.test(address)) continue;
      const { status } = await pages.request("get", address.replaceAll("&amp;", "&"));
      expect(status, address).toBe(200);
    }
  });

  it("has one heading of the first level, a title and a main region", async () => {
    for (const address of pageAddresses()) {
      const page = await get(address);
      expect(page.match(/<h1[ >]/g), address).toHaveLength(1);
      expect(page).toMatch(/<title>[^<]+ · Kontor<\/title>/);
      expect(page.match(/<main id="main"/g)).toHaveLength(1);
    }
  });
});

describe("a trace", () => {
  it("shows the N+1 as one row, with its finding, statement and gain", async () => {
    const page = await get(`/traces/${listingTrace().traceId}`);
    expect(page).toContain("<strong>187 ×</strong> order_lines.list_by_order");
    expect(page).toContain("175 more spans not shown one by one");
    expect(page).toContain("where order_id = ?");
    expect(page).toContain(`href="/findings/${findingOf(listingTrace()).fingerprint}"`);
    expect(page).toContain("Why the other detectors are silent");
  });

  it("marks errors and shows its log records beside the spans", async () => {
    const page = await get(`/traces/${orderTrace().traceId}`);
    expect(page).toContain('<circle class="failure"');
    expect(page).toContain("1 log record");
    expect(page).toContain("Why nothing was found");
  });

  it("with twenty thousand spans stays a page that can be sent", async () => {
    const huge = listingTrace({ orders: 20_000, linesMs: 0.1, seed: 7 });
    await using large = await startPages({ getTrace: async () => huge.spans });
    const { body } = await large.request<string>("get", `/traces/${huge.traceId}`);
    expect(body.length).toBeLessThan(500_000);
    expect(body).toContain("20,000 ×");
  });

  it("of one service with ten thousand different spans is cut, and says by how much", async () => {
    const wide = orderTrace(8);
    for (let i = 0; i < 10_000; i += 1)
      wide.span({
        parent: wide.spans[0]?.spanId,
        name: `step ${"abcdefghij"[i % 10]}${"klmnopqrst"[Math.floor(i / 10) % 10]}${String.fromCodePoint(0x4e00 + i)}`,
        at: i / 200,
        ms: 0.01,
      });
    await using large = await startPages({ getTrace: async () => wide.spans });
    const { body } = await large.request<string>("get", `/traces/${wide.traceId}`);
    expect(body).toMatch(/[\d,]+ more spans not shown/);
    expect(body.length).toBeLessThan(4_000_000);
  });
});

describe("the page of an alert", () => {
  it("shows every change of its state with time and value, its chart, and what explains it", async () => {
    const page = await get("/alerts/00000000000000a1");
    expect(page).toMatch(/<h1>GET \/api\/orders: latency p95<\/h1>/);
    const lines = page.slice(page.indexOf('id="time-line"'));
    expect(lines).toMatch(/firing<\/span><span class="sub">after pending<.*812 ms.*pending<\/span>.*641 ms/s);
    expect(lines).toMatch(/<td class="number">5 s<\/td>/);
    expect(page).toMatch(/data-chart="\/api\/v1\/series\?signal=serverLatencyP95&amp;service=core-erp/);
    expect(page).toContain(`href="/findings/${findingOf(listingTrace()).fingerprint}"`);
    expect(await get("/alerts?view=all")).toContain('href="/alerts/00000000000000a1"');
  });

  it("is there while the database is away, and for one that is over and known from it alone", async () => {
    const away = new AppError("unavailable", "state.unavailable", "away");
    await using pagesAway = await startPages({ listAlertTransitions: () => Promise.reject(away) });
    const { body } = await pagesAway.request<string>("get", "/alerts/00000000000000a1");
    expect(body).toMatch(/cannot be read now/);
    await using forgotten = await startPages({ getAlert: async () => undefined });
    expect((await forgotten.request<string>("get", "/alerts/00000000000000a1")).status).toBe(200);
    expect((await forgotten.request<string>("get", "/alerts/nothing")).status).toBe(404);
  });
});

describe("reports on pages", () => {
  it("stand in the navigation, with schedules, and what was sent in every format", async () => {
    expect(await get("/")).toContain('<a href="/reports">Reports</a>');
    const page = await get("/reports");
    for (const part of ["weekly", "where alerts go", "not sent", "/reports/optimisation?from=now-7d"])
      expect(page).toContain(part);
    for (const format of ["json", "md", "html", "pdf"])
      expect(page).toContain(`href="/api/v1/reports/${keptReportId}?format=${format}"`);
  });

  it("tell state, expected and measured effect of every bottleneck, and lead to its finding", async () => {
    const page = await get("/reports/optimisation?from=now-7d");
    expect(page).toMatch(/from=now-7d" aria-current="true"/);
    expect(page).toContain("/api/v1/reports/optimisation?from=now-7d&amp;format=pdf");
    expect(page).toMatch(/<p class="headline bad">GET \/api\/orders of core-erp has been above/);
    expect(page).toMatch(/−390 ms<span class="sub">a request/);
    expect(page).toMatch(/pill good">faster<.*median .* to .*95 %|pill good">faster<.*median/s);
    for (const state of ["reopened", "acknowledged", "applied"])
      expect(page).toMatch(new RegExp(`pill [a-z]+">${state}<`));
  });

  it("of a period that there is not show the usual one; one that is not kept is 404", async () => {
    expect(await get("/reports/optimisation?from=yesterday")).toMatch(/from=now-24h" aria-current="true"/);
    const missing = "/reports/5f0c1f0e-0000-4000-8000-0000000000ff";
    expect((await pages.request("get", missing)).status).toBe(404);
  });

  it("say so while others are being made, and what cannot be read", async () => {
    const busy = new AppError("unavailable", "reports.busy", "Other reports are being made.");
    const away = new AppError("unavailable", "state.unavailable", "away");
    const refuse = () => Promise.reject(busy);
    await using own = await startPages({
      maker: { make: refuse, makeToWrite: refuse },
      listScheduledReports: () => Promise.reject(away),
    });
    const answer = await own.request<string>("get", "/reports/optimisation");
    expect([answer.status, answer.body]).toEqual([
      503,
      expect.stringContaining("Other reports are being made."),
    ]);
    expect((await own.request<string>("get", "/reports")).body).toContain("They cannot be read now");
  });
});

describe("how far a finding is", () => {
  it("tells every step with who, with what version and what it brought", async () => {
    const page = await get(`/findings/${findingOf(listingTrace()).fingerprint}`);
    const table = page.slice(page.indexOf('id="progress"'), page.indexOf('id="evidence"'));
    for (const state of ["open", "reopened", "acknowledged", "applied", "validated", "resolved"])
      expect(table).toMatch(new RegExp(`<td><span class="pill [a-z]*">${state}</span></td>`));
    expect(table).toMatch(/mended with version .*says/s);
    expect(table).toMatch(/faster: median 400 ms to 90(\.0)? ms \(−77 %\)/);
    expect(table).toContain("It occurs, and nobody has said anything of it.");
  });
});

describe("thresholds that match nothing", () => {
  it("stand on the page of the rules with place, reason and what may have been meant", async () => {
    const page = await get("/rules");
    expect(page).toContain("1 threshold of the configuration matches nothing that was seen since the start");
    expect(page).toMatch(/<td class="number">7<\/td>.*services\..*did you mean/s);
    expect(await get("/rules?view=breach")).not.toContain("matches nothing");
  });
});

describe("the counters of a service", () => {
  it("stand on its page with their rate and a chart, and on no other", async () => {
    const page = await get("/services/core-erp");
    expect(page).toMatch(/<dt>shop\.orders\.placed<\/dt><dd>0\.50\/min<\/dd>/);
    expect(page).toMatch(/signal=counter%3Ashop\.orders\.placed&amp;service=core-erp/);
    expect(await get(`/services/${encodeURIComponent(hostileText)}`)).not.toContain("shop.orders.placed");
  });
});

describe("charts", () => {
  const address = "/services/core-erp/route?route=GET%20%2Fapi%2Forders";

  it("show the range of the address, and any other text shows the usual one", async () => {
    expect(await get(`${address}&from=now-1h`)).toMatch(/from=now-1h" aria-current="true"/);
    const usual = await get(`${address}&from=${encodeURIComponent(hostileText)}`);
    expect(usual).toMatch(/from=now-15m" aria-current="true"/);
  });

  it("ask the API for addresses that it answers", async () => {
    for (const page of [await get("/services/core-erp"), await get(address)]) {
      const asked = [...page.matchAll(/data-chart="([^"]+)"/g)].flatMap(([, list = ""]) => list.split(" "));
      expect(asked.length).toBeGreaterThan(4);
      for (const one of asked)
        expect((await pages.request("get", one.replaceAll("&amp;", "&"))).status, one).toBe(200);
    }
  });

  it("of a route that nobody knows are a page that says so", async () => {
    expect((await pages.request("get", "/services/core-erp/route?route=nothing")).status).toBe(404);
  });
});

describe("lists", () => {
  it("show urgent alerts first, with what explains them", async () => {
    const page = await get("/alerts?view=all");
    expect(page.indexOf(`">firing</span>`)).toBeLessThan(page.indexOf(`">error</span>`));
    expect(page.indexOf(`">error</span>`)).toBeLessThan(page.indexOf(`">resolved</span>`));
    expect(page).toContain("N+1: order_lines.list_by_order runs once per row");
  });

  it("say what would stand there when they are empty", async () => {
    await using empty = await startPages({
      ...{
        listAlerts: async () => [],
        listFindings: async () => [],
        listServices: () => [],
        searchTraces: async () => [],
      },
      ...{
        listRules: () => ({ evaluatedAt: null, source: "stream", rules: [] }),
        readSignal: () => new Map(),
      },
    });
    for (const [address, words] of [
      ["/", "No service has been seen yet"],
      ["/alerts", "Nothing is wrong"],
      ["/findings", "No findings"],
      ["/traces", "No trace answers this"],
      ["/rules", "No such rules"],
      ["/endpoints", "No requests in the last minute"],
    ] as const) {
      expect((await empty.request<string>("get", address)).body, address).toContain(words);
    }
  });

  it("of two hundred services and five thousand routes are answered at once", async () => {
    const services = Array.from({ length: 200 }, (_, i) => `service-${i}`);
    const base = { environment: "default", namespace: "" };
    const subjects = services.flatMap((service) =>
      Array.from({ length: 25 }, (_, i) => ({ ...base, service, route: `GET /r/${i}` })),
    );
    const key = (subject: { service: string; route?: string }) =>
      ["default", "", subject.service, subject.route ?? "", "", ""].join("\u001f");
    const measure = (
      subject: (typeof subjects)[number] | { service: string; environment: string; namespace: string },
      value: number,
    ) => [key(subject), { subject, value, count: 9, effectiveWindowSeconds: 60, newestAtMs: 0 }] as const;
    const perRoute = new Map(subjects.map((subject, i) => measure(subject, i)));
    const perService = new Map(services.map((service, i) => measure({ ...base, service }, i / 200)));
    await using large = await startPages({
      readSignal: (signal) => (signal.startsWith("server") ? perRoute : perService),
      listServices: () =>
        services.map((service) => ({
          ...base,
          service,
          versions: ["1"],
          instances: 1,
          routes: [],
          counters: [],
          silentCounters: [],
          configured: true,
          lastSeen: null,
        })),
    });
    for (const address of ["/", "/endpoints"]) {
      await large.request("get", address);
      const before = process.cpuUsage();
      const { body } = await large.request<string>("get", address);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1_000, address).toBeLessThan(250);
      expect(body).toContain("service-199");
    }
  });
});

describe("an address that leads nowhere", () => {
  it.each(["/traces/abc", `/traces/${"f".repeat(32)}`, "/findings/abc", "/services/nobody"])(
    "%s is a page that says so, with 404",
    async (address) => {
      const { status, body } = await pages.request<string>("get", address);
      expect(status).toBe(404);
      expect(body).toContain("Not found");
    },
  );

  it("an id typed into the search leads to its trace or finding", async () => {
    for (const [id, to] of [
      [listingTrace().traceId, `/traces/${listingTrace().traceId}`],
      [" 00000000000000A1 ", "/findings/00000000000000a1"],
      ["//evil.example", "/traces/%2F%2Fevil.example"],
    ] as const) {
      const response = await fetch(`${pages.url}/go?id=${encodeURIComponent(id)}`, { redirect: "manual" });
      expect([response.status, response.headers.get("location")]).toEqual([303, to]);
    }
  });

  // Red when: navigationCounts or openFindings lets an unavailable database through.
  it("what does not need the database is shown while that is away, and what does says so", async () => {
    const away = () =>
      Promise.reject(new AppError("unavailable", "state.unavailable", "The database does not answer."));
    await using degraded = await startPages({ listFindings: away, getFinding: away });
    for (const address of ["/", "/alerts", "/services/core-erp", `/traces/${listingTrace().traceId}`]) {
      expect((await degraded.request("get", address)).status, address).toBe(200);
    }
    expect((await degraded.request<string>("get", "/")).body).toContain("Findings cannot be read now");
    const { status, body } = await degraded.request<string>("get", "/findings");
    expect(status).toBe(503);
    expect(body).toContain("The database does not answer.");
  });

  it("a failing read is an error of the app, not a half page", async () => {
    await using failing = await startPages({ listAlerts: () => Promise.reject(new Error("away")) });
    expect((await failing.request("get", "/alerts")).status).toBe(500);
  });
});
