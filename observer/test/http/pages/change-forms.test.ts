import type { SilenceInput } from "@kontor/observer/alerts/silences";
import type { Acknowledgement, Application } from "@kontor/observer/state/change-findings";
import { describe, expect, it } from "vitest";
import { listingTrace } from "../../diagnosis/sample-traces.ts";
import { startPages } from "./page-fixture.ts";
import { hostileText, nowMs } from "./page-samples.ts";
import { findingOf, silenceOf } from "./view-samples.ts";

const { fingerprint } = findingOf(listingTrace());
const tokens = [{ name: "bob", token: "bob-has-this-token", permissions: ["read", "silence"] as const }];
const asBob = { authorization: "Bearer bob-has-this-token" };
const silenceForm = {
  matchers: 'service="core-erp"\r\nendpoint=~"GET .*"',
  minutes: "120",
  author: "alice",
  reason: "migration",
};

/** Sends a form as a browser without scripts does. */
function submit(
  url: string,
  address: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) {
  return fetch(url + address, {
    method: "post",
    body: new URLSearchParams(fields),
    redirect: "manual",
    headers: { origin: url, ...headers },
  });
}

/** Pages that note what they are asked to change. */
async function startNoting(withTokens = false) {
  const created: { input: SilenceInput; actor: string }[] = [];
  const expired: string[][] = [];
  const acknowledged: Acknowledgement[] = [];
  const applied: Application[] = [];
  const pages = await startPages(
    {
      createSilence: async (input, actor) => {
        created.push({ input, actor });
        return silenceOf();
      },
      expireSilence: async (id, actor) => {
        expired.push([id, actor]);
        return silenceOf();
      },
      acknowledgeFinding: async (_fingerprint, acknowledgement) => {
        acknowledged.push(acknowledgement);
        return findingOf(listingTrace());
      },
      applyFinding: async (_fingerprint, application) => {
        applied.push(application);
        return findingOf(listingTrace());
      },
    },
    withTokens ? tokens : undefined,
  );
  return Object.assign(pages, { created, expired, acknowledged, applied });
}

describe("silencing from the pages", () => {
  it("is filled from the alert it is asked for", async () => {
    await using pages = await startNoting();
    const { body } = await pages.request<string>("get", "/silences/new?alert=00000000000000a1");
    for (const line of ["alertname=&quot;latencyP95MsMax&quot;", "endpoint=&quot;GET /api/orders&quot;"])
      expect(body).toContain(line);
    expect((await pages.request<string>("get", "/alerts")).body).toContain(
      'href="/silences/new?alert=00000000000000a1"',
    );
  });

  it("makes a silence of every matcher, from now, for the time chosen, and sends the browser on", async () => {
    await using pages = await startNoting();
    const response = await submit(pages.url, "/silences", silenceForm);
    expect([response.status, response.headers.get("location")]).toEqual([303, "/silences"]);
    expect(pages.created).toEqual([
      {
        actor: "alice",
        input: {
          matchers: [
            { name: "service", value: "core-erp", isRegex: false, isEqual: true },
            { name: "endpoint", value: "GET .*", isRegex: true, isEqual: true },
          ],
          ...{ startsAtMs: nowMs, endsAtMs: nowMs + 7_200_000, createdBy: "alice", comment: "migration" },
        },
      },
    ]);
  });

  // Red when: makeSilence takes what a field of the form says over the name of the token.
  it("is signed with the name of the token, whatever the form says", async () => {
    await using pages = await startNoting(true);
    expect((await submit(pages.url, "/silences", silenceForm, asBob)).status).toBe(303);
    expect(pages.created[0]).toMatchObject({ actor: "bob", input: { createdBy: "bob" } });
  });

  it.each([
    ["reason", "", "Reason"],
    ["reason", "x".repeat(2_001), "Reason"],
    ["author", " ", "Your name"],
    ["minutes", "9999999", "durations"],
    ["minutes", "NaN", "durations"],
    ["matchers", "\n", "at least one matcher"],
    ["matchers", `service="core-erp"\n${hostileText}`, "is no matcher"],
  ])(
    "with a wrong %s (%j) is answered 400 with the reason and what was typed",
    async (field, value, words) => {
      await using pages = await startNoting();
      const response = await submit(pages.url, "/silences", { ...silenceForm, [field]: value });
      const body = await response.text();
      expect(response.status).toBe(400);
      expect(body).toMatch(new RegExp(`role="alert".*${words}`, "s"));
      expect(body).not.toContain(hostileText);
      if (field !== "reason") expect(body).toContain('value="migration"');
      expect(pages.created).toEqual([]);
    },
  );

  it("ends one by its button, which only live ones have", async () => {
    await using pages = await startNoting();
    const { body } = await pages.request<string>("get", "/silences");
    expect(body).not.toContain('action="/silences/expired/expire"');
    const [, address = ""] = /action="(\/silences\/5f0c[^"]*\/expire)"/.exec(body) ?? [];
    const response = await submit(pages.url, address, {});
    expect([response.status, response.headers.get("location")]).toEqual([303, "/silences"]);
    expect(pages.expired).toEqual([["5f0c1f0e-0000-4000-8000-000000000001", "pages"]]);
  });
});

describe("acknowledging a finding from its page", () => {
  const form = { minutes: "1440", author: "alice", reason: "mended next week" };

  it("lasts as long as chosen and leads back to the finding", async () => {
    await using pages = await startNoting();
    const response = await submit(pages.url, `/findings/${fingerprint}/acknowledge`, form);
    expect([response.status, response.headers.get("location")]).toEqual([303, `/findings/${fingerprint}`]);
    expect(pages.acknowledged).toEqual([
      { author: "alice", reason: "mended next week", expiresAtMs: nowMs + 86_400_000 },
    ]);
  });

  it("without a reason is not done, and the form says why", async () => {
    await using pages = await startNoting();
    const response = await submit(pages.url, `/findings/${fingerprint}/acknowledge`, { ...form, reason: "" });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/<details class="card" open>.*role="alert".*Reason/s);
    expect(pages.acknowledged).toEqual([]);
  });

  it("of one that is not there is a page that says so, with 404", async () => {
    await using pages = await startPages({ acknowledgeFinding: async () => undefined });
    expect((await submit(pages.url, "/findings/abc/acknowledge", form)).status).toBe(404);
  });
});

describe("saying that a finding was mended", () => {
  const form = { appliedBy: "alice", version: "1.5.0", note: "lines are read at once" };
  const address = `/findings/${fingerprint}/applied`;

  it("leads back to the finding; what was left empty is not said", async () => {
    await using pages = await startNoting();
    const response = await submit(pages.url, address, form);
    expect([response.status, response.headers.get("location")]).toEqual([303, `/findings/${fingerprint}`]);
    await submit(pages.url, address, { ...form, version: "", note: " " });
    expect(pages.applied).toEqual([
      { author: "alice", version: "1.5.0", note: "lines are read at once", atMs: undefined },
      { author: "alice", version: undefined, note: undefined, atMs: undefined },
    ]);
  });

  it("without a name is not done, and the form says why and keeps what was typed", async () => {
    await using pages = await startNoting();
    const response = await submit(pages.url, address, { ...form, appliedBy: "" });
    const body = await response.text();
    expect(response.status).toBe(400);
    expect(body).toMatch(/<details class="card" open><summary>Mended.*role="alert".*Your name/s);
    expect(body).toContain('value="lines are read at once"');
    expect(pages.applied).toEqual([]);
  });
});

describe("a form", () => {
  const addresses = [
    ...["/silences", `/silences/x/expire`, `/findings/${fingerprint}/acknowledge`],
    `/findings/${fingerprint}/applied`,
  ];

  // Red when: the guard lets a change through by Origin or by Sec-Fetch-Site alone.
  it.each(addresses)("%s sent by a page of another origin changes nothing", async (address) => {
    await using pages = await startNoting();
    const foreign = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of foreign)
      expect((await submit(pages.url, address, silenceForm, headers as Record<string, string>)).status).toBe(
        403,
      );
    expect([...pages.created, ...pages.expired, ...pages.acknowledged, ...pages.applied]).toEqual([]);
  });

  it("needs the permission for what it changes", async () => {
    await using pages = await startNoting(true);
    expect((await submit(pages.url, `/findings/${fingerprint}/acknowledge`, silenceForm, asBob)).status).toBe(
      403,
    );
    expect((await submit(pages.url, "/silences", silenceForm)).status).toBe(401);
  });

  it("of more than 32 KB is refused", async () => {
    await using pages = await startNoting();
    const response = await submit(pages.url, "/silences", { ...silenceForm, reason: "x".repeat(40_000) });
    expect(response.status).toBe(413);
    expect(pages.created).toEqual([]);
  });
});
