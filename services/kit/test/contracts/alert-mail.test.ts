import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toAlertMail } from "../../src/contracts/alert-mail.ts";
import {
  type AlertPayload,
  readNews,
  toDurationText,
  toMeasureName,
  toSentence,
  toSubjectLine,
  toValueText,
} from "../../src/contracts/alert-words.ts";
import { alertMessageId } from "../../src/contracts/alerts.ts";
import { sampleAlert } from "../../src/testing/sample-alert.ts";

const id = "0192f0c4-5f6e-4a35-8a5b-2f8c7d0c1a11";

const alert = (changes: Partial<AlertPayload> = {}): AlertPayload => sampleAlert({ id, ...changes });

const resolved = {
  from: "recovering",
  to: "resolved",
  observed: 310,
  resolvedAt: "2026-11-24T14:05:31.000Z",
} as const;

describe("words of an alert", () => {
  it.each([
    [{}, "[critical] core-erp GET /api/orders: p95 612 ms over 500 ms"],
    [{ update: "repeated" }, "[critical] still: core-erp GET /api/orders: p95 612 ms over 500 ms"],
    [
      { update: "explained" },
      "[critical] explained: core-erp GET /api/orders: 11 identical queries per request in orders.list_open",
    ],
    [resolved, "[resolved] core-erp GET /api/orders: p95 after 2 min 10 s"],
    [{ to: "noData", observed: null }, "[critical] core-erp GET /api/orders: no data for p95"],
    [{ to: "error", observed: null }, "[critical] core-erp GET /api/orders: p95 cannot be judged"],
    [
      {
        rule: "availabilityRatioMin",
        endpoint: null,
        observed: 0.4,
        limit: 0.99,
        unit: "ratio",
        severity: "warning",
      },
      "[warning] core-erp: availability ratio 40 % under 99 %",
    ],
    [
      { from: "noData", to: "pending", firedAt: null },
      "[resolved] core-erp GET /api/orders: p95 is known again",
    ],
    [{ relatedOmitted: 3 }, "[critical] core-erp GET /api/orders: p95 612 ms over 500 ms and 3 more"],
  ] as [Partial<AlertPayload>, string][])("%j makes the subject %s", (changes, subject) => {
    expect(toSubjectLine(alert(changes))).toBe(subject);
  });

  it.each([
    [
      {},
      "core-erp GET /api/orders: p95 latency is 612 ms, over its limit of 500 ms, since 24 Nov 2026, 14:03:20 UTC.",
    ],
    [
      resolved,
      "core-erp GET /api/orders: p95 latency is below its limit of 500 ms again, now 310 ms, after 2 min 10 s.",
    ],
    [
      { ...resolved, reason: "the rule was taken away" },
      "core-erp GET /api/orders: the alert on p95 latency ended after 2 min 10 s: the rule was taken away.",
    ],
    [
      { to: "noData", observed: null },
      "core-erp GET /api/orders: nothing is known of p95 latency since 24 Nov 2026, 14:03:20 UTC. Silence is not health.",
    ],
  ] as [Partial<AlertPayload>, string][])("%j says %s", (changes, sentence) => {
    expect(toSentence(alert(changes))).toBe(sentence);
  });

  it.each([
    ["latencyP95MsMax", "p95 latency"],
    ["serviceLatencyP95MsMax", "p95 latency"],
    ["databaseLatencyP95MsMax", "p95 database latency"],
    ["httpClientErrorRatioMax", "HTTP client error ratio"],
    ["serviceErrorRatioMax", "error ratio"],
    ["cpuRatioMax", "CPU use"],
    ["databasePoolRatioMax", "database pool use"],
    ["shop.orders.placed.perMinuteMin", "shop.orders.placed"],
    ["gcTimeRatioMax", "GC time ratio"],
    ["eventLoopUtilizationRatioMax", "event loop utilization"],
    ["eventLoopDelayP99MsMax", "p99 event loop delay"],
    ["memoryMbMax", "memory"],
    ["requestsPerSecondMin", "requests"],
    ["queueDepthMax", "queue depth"],
  ])("%s is called %s", (rule, name) => expect(toMeasureName(rule)).toBe(name));

  it.each([
    [612.4, "ms", "612 ms"],
    [12_400, "ms", "12.4 s"],
    [0.0724, "ratio", "7.24 %"],
    [0.7, "ratio", "70 %"],
    [341.2, "MB", "341 MB"],
    [Math.PI, "1/s", "3.14/s"],
    [12, "count", "12"],
  ])("%d %s is written %s", (value, unit, text) => expect(toValueText(value, unit)).toBe(text));

  it.each([
    [400, "0 s"],
    [45_000, "45 s"],
    [130_000, "2 min 10 s"],
    [3_600_000, "1 h"],
    [187_000_000, "2 d 3 h"],
  ])("%d ms lasts %s", (ms, text) => expect(toDurationText(ms)).toBe(text));

  it("has nothing to tell of a state nobody is waiting for", () => {
    expect(readNews(alert({ to: "pending", firedAt: null }))).toBe("none");
    expect(readNews(alert({ to: "inactive", firedAt: null }))).toBe("none");
    expect(readNews(alert({ to: "recovering" }))).toBe("none");
  });
});

describe("mail of an alert", () => {
  it("says first what is wrong, then why, then where to look and what to do, in both parts", () => {
    const { text, html } = toAlertMail(alert());
    for (const part of [text, html]) {
      const words = [
        "over its limit of 500 ms",
        "11 identical queries per request in orders.list_open",
        "select * from order_lines",
        "https://observer.example/alerts/1",
        "https://observer.example/traces/t1",
      ];
      const body = part.slice(part.lastIndexOf("</title>") + 1);
      const places = words.map((each) => body.indexOf(each));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(part.toLowerCase()).toContain("what to do");
    }
    expect(text.startsWith("core-erp GET /api/orders: p95 latency is 612 ms")).toBe(true);
  });

  it("lists what else is affected", () => {
    const related = [
      {
        fingerprint: "x",
        rule: "errorRatioMax",
        service: "core-erp",
        endpoint: null,
        observed: 0.2,
        limit: 0.01,
        unit: "ratio",
      },
    ];
    const { text, html } = toAlertMail(alert({ related, relatedOmitted: 2 }));
    for (const part of [text, html]) {
      expect(part).toContain("core-erp: error ratio 20 %, limit 1 %");
      expect(part).toContain("and 2 more");
    }
  });

  // Red when: a value is put into the HTML by anything but html``.
  it("escapes whatever others wrote", () => {
    fc.assert(
      fc.property(fc.string(), (words) => {
        const evil = `<img src=x onerror=alert(1)>"'&${words}`;
        const { html } = toAlertMail(
          alert({
            service: evil,
            endpoint: evil,
            reason: evil,
            findings: [{ fingerprint: evil, title: evil, recommendation: evil, url: `javascript:${evil}` }],
            links: { alert: `javascript:${evil}`, trace: evil },
          }),
        );
        expect(html).not.toContain("<img");
        expect(html).not.toContain('href="javascript:');
      }),
    );
  });

  it("has one Message-ID however often it is sent", () => {
    expect(alertMessageId(id)).toBe(`<${id}@kontor.alerts>`);
  });
});
