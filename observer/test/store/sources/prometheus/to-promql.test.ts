import { describe, expect, it } from "vitest";
import { getSignal, type SignalName, signalCatalogue } from "../../../../src/signals/catalogue.ts";
import { compilePromql } from "../../../../src/store/sources/prometheus/compile-promql.ts";
import { toAlternatives, toAtLeast } from "../../../../src/store/sources/prometheus/promql.ts";
import { preferring, toPromql } from "../../../../src/store/sources/prometheus/to-promql.ts";

const signals = Object.values(signalCatalogue);
const of = (name: SignalName) => toPromql(getSignal(name), 30);

/** Selectors of a query, each with the window it is read over. */
function windowsOf(query: string): Set<string> {
  return new Set(
    [...query.matchAll(/\[(\w+)\]|offset (\w+)/g)].map(([, range, offset]) => range ?? offset ?? ""),
  );
}

describe("a signal in PromQL", () => {
  it.each(signals)(
    "$name is one query with a count, a time and a value for every way to send it",
    (signal) => {
      const { query, branches } = toPromql(signal, 30);
      expect(branches.length).toBeGreaterThan(0);
      for (const [index, { parts, value, count, present }] of branches.entries()) {
        const { count: counted, newest, ...rest } = parts;
        expect([counted, newest, ...Object.values(rest)]).not.toContain(undefined);
        expect(Object.keys(rest)).toHaveLength(1);
        expect(value).toContain(" by (deployment_environment_name, service_namespace, service_name");
        expect([count, present].every((vector) => vector.includes(" by ("))).toBe(true);
        expect(query).toContain(`"kontor_branch", "${index}"`);
      }
      expect(windowsOf(query)).toEqual(new Set(["30s"]));
    },
  );

  it.each(signals)("$name has balanced brackets however it is written", (signal) => {
    const { query, branches } = toPromql(signal, 30, [{ services: ["a"], windowSeconds: 150 }]);
    const plain = compilePromql(signal, { window: "$__rate_interval", names: "all" });
    for (const text of [query, preferring(branches, "value"), plain.value, plain.count]) {
      for (const [open, close] of ["()", "{}", "[]"].map((pair) => [...pair])) {
        expect(text.split(open ?? "").length).toBe(text.split(close ?? "").length);
      }
    }
  });

  // Red when: a counter is read with rate() or increase(), which extrapolate to the ends of the window.
  it("takes differences, so that counts are whole numbers", () => {
    const { query } = of("serverRequestRate");
    expect(query).toContain(
      'last_over_time(http_server_request_duration_seconds_count{http_request_method!="",http_route!=""}[30s]) - http_server_request_duration_seconds_count{http_request_method!="",http_route!=""} offset 30s',
    );
    expect(query).not.toMatch(/\b(rate|increase|delta)\(/);
  });

  it("keeps services with rare exports in a window of their own", () => {
    const { query } = toPromql(signalCatalogue.memoryMb, 30, [
      { services: ["a.b", "c"], windowSeconds: 150 },
    ]);
    expect(query).toContain('process_memory_usage_bytes{service_name!~"a\\\\.b|c"}[30s]');
    expect(query).toContain('process_memory_usage_bytes{service_name=~"a\\\\.b|c"}[150s]');
    expect(windowsOf(query)).toEqual(new Set(["30s", "150s"]));
  });

  it("writes windows of parts of a second in milliseconds", () => {
    expect(windowsOf(toPromql(signalCatalogue.memoryMb, 2.5).query)).toEqual(new Set(["2500ms"]));
  });

  it("reads older HTTP metrics by the labels they carry, and answers under the newer ones", () => {
    const older = of("serverErrorRatio").branches.find(({ count }) =>
      count.includes("http_server_duration_milli"),
    );
    expect(older?.parts.failed).toContain('http_status_code=~"[5-9][0-9]{2}|[1-9][0-9]{3,}"');
    expect(older?.parts.failed).toContain('"http_request_method", "$1", "http_method"');
  });

  it("reads spans as the collector counts them, where no metric was sent", () => {
    const { branches } = of("serverLatencyP95");
    const last = branches.at(-1);
    expect(last?.value).toContain("traces_span_metrics_duration_seconds_bucket");
    expect(last?.value).toContain('span_kind=~"SPAN_KIND_SERVER"');
    expect(preferring(branches, "value")).toContain("unless on (deployment_environment_name");
  });

  it("knows native histograms", () => {
    const native = of("serverLatencyP95").branches[1];
    expect(native?.count).toContain("histogram_count(last_over_time(http_server_request_duration_seconds{");
  });
});

describe("a signal in PromQL for people", () => {
  it("is short for what our own services send", () => {
    const { value, count } = compilePromql(signalCatalogue.serverLatencyP95, {
      window: "$__rate_interval",
      matchers: ['service_name=~"$service"'],
      by: ["service_name", "http_route"],
    });
    expect(value).toBe(
      'histogram_quantile(0.95, sum by (service_name, http_route, le) (rate(http_server_request_duration_seconds_bucket{http_route!="",service_name=~"$service"}[$__rate_interval]))) * 1000',
    );
    expect(count).toBe(
      'sum by (service_name, http_route) (increase(http_server_request_duration_seconds_count{http_route!="",service_name=~"$service"}[$__rate_interval]))',
    );
  });

  it("reads a gauge under each of its spellings", () => {
    const { value } = compilePromql(signalCatalogue.memoryMb, { window: "30s", by: ["service_name"] });
    expect(value).toBe(
      'max by (service_name) (sum by (service_name, service_instance_id) (last_over_time({__name__=~"process_memory_usage_bytes|process_memory_usage"}[30s])) * 0.000001)',
    );
  });

  it("pools all routes of a service, and requests of none", () => {
    const { count } = compilePromql(signalCatalogue.serviceLatencyP95, {
      window: "30s",
      by: ["service_name"],
    });
    expect(count).toBe("sum by (service_name) (increase(http_server_request_duration_seconds_count[30s]))");
  });
});

describe("regular expressions for labels", () => {
  // Red when: the last digit of a bound is cut, or a number with more digits is left out.
  it.each([0, 1, 9, 10, 19, 42, 99, 100, 399, 500, 505, 599, 1000])(
    "match whole numbers from %i upwards",
    (bound) => {
      const pattern = new RegExp(`^(?:${toAtLeast(bound)})$`);
      for (let number = 0; number <= 11_111; number++) {
        if (pattern.test(String(number)) !== number >= bound)
          expect.fail(`${number} against ${bound}: ${pattern}`);
      }
    },
  );

  it("take texts as they are", () => {
    const pattern = new RegExp(`^(?:${toAlternatives(["a.b", "c|d", "(e)+"])})$`);
    expect(["a.b", "c|d", "(e)+"].every((text) => pattern.test(text))).toBe(true);
    expect(["axb", "c", "d", "e"].some((text) => pattern.test(text))).toBe(false);
  });
});
