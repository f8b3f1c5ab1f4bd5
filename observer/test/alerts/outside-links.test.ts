import { createOutsideLinks, linkAlertOutside, rangeOfFinding } from "@kontor/observer/alerts/outside-links";
import { describe, expect, it } from "vitest";
import { nowMs } from "../http/pages/page-samples.ts";
import { alertOf } from "../http/pages/view-samples.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const range = { fromMs: 1_795_494_600_000, untilMs: 1_795_495_200_000 };
const jaegerUrl = "http://jaeger.example/ui/";
const lokiUid = "logs-of-kontor";

describe("links to tools of others", () => {
  it("lead to a trace in Jaeger, below whatever path it has", () => {
    expect(createOutsideLinks({ jaegerUrl, lokiUid }).trace(traceId)).toBe(
      `http://jaeger.example/ui/trace/${traceId}`,
    );
  });

  // Red when: the range of Explore is left out, and an alert of last week shows the last hour.
  it("lead to the lines of a trace in Grafana's Explore, in the range in which it ran", () => {
    const outside = createOutsideLinks({
      grafanaUrl: "http://grafana.example",
      lokiUrl: "http://loki",
      lokiUid,
    });
    const url = new URL(outside.traceLogs(traceId, range) ?? "");
    expect(url.origin + url.pathname).toBe("http://grafana.example/explore");
    expect(JSON.parse(url.searchParams.get("panes") ?? "")).toEqual({
      logs: {
        datasource: lokiUid,
        queries: [
          {
            refId: "A",
            datasource: { type: "loki", uid: lokiUid },
            expr: `{service_name=~".+"} | trace_id="${traceId}"`,
          },
        ],
        range: { from: "1795494600000", to: "1795495200000" },
      },
    });
  });

  it("lead to Loki's own answer where there is no Grafana, in nanoseconds", () => {
    const outside = createOutsideLinks({ lokiUrl: "http://loki.example", lokiUid });
    const url = new URL(outside.serviceLogs('say "hi"', range) ?? "");
    expect(url.origin + url.pathname).toBe("http://loki.example/loki/api/v1/query_range");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      query: '{service_name="say \\"hi\\""}',
      start: "1795494600000000000",
      end: "1795495200000000000",
    });
  });

  it("are none where there is no tool", () => {
    const outside = createOutsideLinks({ lokiUid });
    expect(linkAlertOutside(alertOf({ traceIds: [traceId] }), outside, nowMs)).toEqual({
      jaeger: null,
      logs: null,
    });
  });

  it("lead from an alert to its worst trace, and to the lines of its service where no trace is known", () => {
    const outside = createOutsideLinks({ jaegerUrl, lokiUrl: "http://loki.example", lokiUid });
    const withTrace = linkAlertOutside(alertOf({ traceIds: [traceId, "other"] }), outside, nowMs);
    expect(withTrace.jaeger).toContain(traceId);
    expect(withTrace.logs).toContain(traceId);
    const alone = linkAlertOutside(alertOf({ traceIds: [], service: "shop" }), outside, nowMs);
    expect(alone.jaeger).toBeNull();
    expect(new URL(alone.logs ?? "").searchParams.get("query")).toBe('{service_name="shop"}');
  });

  it("look at the last day of a finding, not at all the weeks it has been there", () => {
    const day = 86_400_000;
    expect(rangeOfFinding({ firstSeenMs: 0, lastSeenMs: 30 * day })).toEqual({
      fromMs: 29 * day,
      untilMs: 30 * day + 300_000,
    });
  });
});
