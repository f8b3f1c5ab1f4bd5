import { setImmediate } from "node:timers/promises";
import { buildOptimisationReport } from "@kontor/observer/reports/build-optimisation-report";
import { withVisibleTexts } from "@kontor/observer/reports/clean-text";
import { toCodeLines, toPdfText } from "@kontor/observer/reports/render/pdf-text";
import { openRenderer, renderInWorker } from "@kontor/observer/reports/render/render-in-worker";
import { escapeMarkdown, toCode } from "@kontor/observer/reports/render/render-markdown";
import { type RenderedFormat, renderReport } from "@kontor/observer/reports/render/render-report";
import { describe, expect, it } from "vitest";
import { toHostile } from "./hostile-report.ts";
import { realisticInput } from "./realistic-input.ts";
import { inputOf, times } from "./report-fixture.ts";

const report = buildOptimisationReport(realisticInput(), times);
const text = async (format: RenderedFormat, of = report) =>
  new TextDecoder().decode(await renderReport(of, format));

const hostile = toHostile(report);

describe("every format", () => {
  it("Markdown and HTML show title, place, recommendation, statement and state of each finding", async () => {
    const [md, html] = [await text("md"), (await text("html")).replace(/&#39;/g, "'")];
    for (const one of report.bottlenecks) {
      expect(md).toContain(escapeMarkdown(one.title));
      expect(html).toContain(one.title.replace(/</g, "&lt;"));
      expect(md).toContain(one.url);
      expect(html).toContain(one.url);
      expect(md).toContain(one.state.name);
      if (!one.seenInPeriod) continue;
      for (const { url } of one.evidence)
        expect([md.includes(url), html.includes(url)]).toEqual([true, true]);
      expect(md).toContain(escapeMarkdown(one.recommendation));
    }
    for (const page of [md, html]) {
      expect(page).toContain("from core_erp.order_lines\nwhere order_id = $1");
      expect(page).toMatch(/acknowledged[\s\S]{0,20} by Jörg Müller until 24 Sep 2026, 14:00: trigram index/);
      expect(page).toContain("not enough data around version 1.5.0");
    }
  });

  it("a PDF links each finding and its evidence, and has pages", async () => {
    const bytes = await renderReport(report, "pdf");
    const file = Buffer.from(bytes).toString("latin1");
    expect(file.slice(0, 5)).toBe("%PDF-");
    for (const one of report.bottlenecks) expect(file).toContain(one.url);
    for (const { url } of report.bottlenecks[0]?.evidence ?? []) expect(file).toContain(url);
    expect(file.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(2);
  });

  it("a PDF has the first 20 breaches, the other formats all", async () => {
    const [one] = report.breaches;
    if (one === undefined) throw new Error("the sample has a breach");
    const url = (at: number) => `https://kontor.example/breach-${at}.`;
    const breaches = Array.from({ length: 21 }, (_, at) => ({
      ...one,
      traces: [{ traceId: "a".repeat(32), url: url(at) }],
    }));
    const file = Buffer.from(await renderReport({ ...report, breaches }, "pdf")).toString("latin1");
    // Red when: cutRows hands on the whole list
    expect([file.includes(url(0)), file.includes(url(19)), file.includes(url(20))]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await text("html", { ...report, breaches })).toContain(url(20));
  });

  it("an empty period is a document too", async () => {
    const empty = buildOptimisationReport(inputOf(), times);
    expect(await text("md", empty)).toContain("No bottleneck was seen in this period and none is open.");
    expect(await text("html", empty)).toContain("No limit was broken in this period.");
    expect((await renderReport(empty, "pdf")).length).toBeGreaterThan(1_000);
  });

  it("is the same from a thread", async () => {
    expect(new TextDecoder().decode(await renderInWorker(report, "html"))).toBe(await text("html"));
  });
});

describe("hostile telemetry in every field", () => {
  it("HTML has no tag, no address and no control character of it", async () => {
    const html = await text("html", hostile);
    const outside = html.replace(/<style>[\s\S]*?<\/style>/g, "");
    // Red when: render-html.ts does not begin with withVisibleTexts, or a value is put in as Html
    expect(outside).not.toMatch(/<(script|img)|onerror="|href="(?!https?:|#)/i);
    expect(html.match(/<\/style>/g)?.length).toBe(1);
    expect(html).not.toMatch(/[^\P{Cc}\n\t]|[\u202a-\u202e]/u);
    expect([...html.matchAll(/ (?:src|href)="([^"]*)"/g)].filter(([, url]) => url !== "#")).toEqual([]);
  });

  it("nothing of HTML is loaded from anywhere", async () => {
    const html = await text("html");
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/<(script|link|iframe|object|img)\b|url\((?!#)|@import/i);
  });

  it("Markdown keeps its tables, headings and code blocks", async () => {
    const md = await text("md", hostile);
    const lines = md.split("\n");
    const rows = lines.filter((line) => line.startsWith("| "));
    const cells = (row: string) => row.replace(/\\[\\|]/g, "").split("|").length;
    const first = rows.filter((row) => row.startsWith("| Rank") || /^\| \d+ \| \[/.test(row));
    expect(new Set(first.map(cells)).size).toBe(1);
    expect(lines.filter((line) => line.startsWith("## "))).toEqual([
      "## Bottlenecks",
      "## Breaches",
      "## Slow endpoints",
      "## Deployments",
      "## Where the figures come from",
    ]);
    expect(lines.filter((line) => /^`{3,}(sql)?$/.test(line)).length % 2).toBe(0);
  });

  it("a PDF is made of it, too, without reading files or the web", async () => {
    expect((await renderReport(hostile, "pdf")).length).toBeGreaterThan(1_000);
  });
});

describe("texts", () => {
  it.each([
    ["a|b", "a\\|b"],
    ["`x`", "\\`x\\`"],
    ["<b>&", "&lt;b&gt;&amp;"],
    ["[a](b)", "\\[a\\](b)"],
    ["# no heading", "\\# no heading"],
    ["1. no list", "1\\. no list"],
    ["a\nb", "a b"],
    ["https://x www.y", "https:&#47;&#47;x www&#46;y"],
    ["GET /api/orders", "GET /api/orders"],
  ])("Markdown shows %j as it is", (given, escaped) => expect(escapeMarkdown(given)).toBe(escaped));

  it("code is fenced by more backticks than it has", () => {
    expect(toCode("a``b")).toBe("``` a``b ```");
    expect(toCode("plain")).toBe("`plain`");
  });

  it("a PDF keeps umlauts, Greek and Cyrillic, and marks what its fonts do not have", () => {
    const plain = (given: string) => toPdfText(given).replaceAll("\u200b", "");
    expect(plain("Größe ÄÖÜ ß € – … ≤ αβ Привет")).toBe("Größe ÄÖÜ ß € – … ≤ αβ Привет");
    expect(plain("日本 😀")).toBe("\ufffd\ufffd \ufffd");
    expect(
      toPdfText("x".repeat(100))
        .split("\u200b")
        .every((part) => part.length <= 18),
    ).toBe(true);
  });

  it("a PDF keeps dates and figures with their unit together, and breaks code where a line is full", () => {
    expect(toPdfText("at 21 Sep 2026, 14:13 in 3.2 h")).toBe(
      "at 21\u00a0Sep\u00a02026,\u00a014:13 in 3.2\u00a0h",
    );
    expect(toCodeLines("select 1\n\nfrom t", 6)).toEqual(["select", " 1", "", "from t"]);
  });

  it("what nobody sees is shown as a mark, at any depth", () => {
    expect(withVisibleTexts({ a: ["x\u202ey", { b: "\u0000\ud800" }], c: 1, d: null })).toEqual({
      a: ["x\ufffdy", { b: "\ufffd\ufffd" }],
      c: 1,
      d: null,
    });
  });
});

describe("a thread that renders", () => {
  it("takes the report whether it comes before or after the libraries are loaded", async () => {
    await using early = openRenderer("md");
    const first = early.render(report);
    await using late = openRenderer("md");
    expect(new TextDecoder().decode(await first)).toBe(await text("md"));
    expect(new TextDecoder().decode(await late.render(report))).toBe(await text("md"));
  });

  // Red when: openRenderer does not catch `document`, whose rejection would end the process
  it("that is not needed after all is closed without a word, and refuses a report then", async () => {
    const unused = openRenderer("md");
    await unused[Symbol.asyncDispose]();
    // Until Node has looked for rejections that nobody took.
    await setImmediate();
    await expect(unused.render(report)).rejects.toThrow("ended with code");
  });
});
