import { describe, expect, it } from "vitest";
import { createPrometheusAsk } from "../../../../src/store/sources/prometheus/prometheus-source.ts";
import { openFakeServer } from "../fake-server.ts";

const soon = () => AbortSignal.timeout(5_000);
const nothing = '{"status":"success","data":{"resultType":"vector","result":[]}}';

describe("Prometheus as a source", () => {
  it("is asked once for a signal, at the time of the tick, with its token", async () => {
    await using server = await openFakeServer((response) => response.end(nothing));
    const ask = createPrometheusAsk({ url: `${server.url}/prefix`, token: "secret" });
    expect((await ask("serverLatencyP95", 30, 1_795_494_891_123, soon())).size).toBe(0);
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request?.url).toBe("/prefix/api/v1/query");
    expect(request?.headers.authorization).toBe("Bearer secret");
    expect(new URLSearchParams(request?.body).get("time")).toBe("1795494891.123");
  });

  // Red when: a refusal, a page of a proxy or half an answer is read as an empty one, and everything looks silent.
  it.each<[string, number, string, string, RegExp]>([
    ["a wrong token", 401, "no", "source.unauthorized", /answered 401\. Check PROMETHEUS_TOKEN\.$/],
    ["no such path", 404, "<html>", "source.not_found", /answered 404\. Check the path in PROMETHEUS_URL\.$/],
    ["too much to do", 503, '{"error":"shutting down"}', "source.busy", /answered 503: shutting down/],
    ["a query it refuses", 422, '{"error":"too many samples"}', "source.refused", /422: too many samples\.$/],
    [
      "half an answer",
      200,
      '{"status":"success","data":{"resul',
      "source.broken_answer",
      /something else than a vector/,
    ],
    ["a page", 200, "<html>hello</html>", "source.broken_answer", /something else than a vector/],
    [
      "another kind of result",
      200,
      '{"status":"success","data":{"resultType":"matrix","result":[]}}',
      "source.broken_answer",
      /vector/,
    ],
    [
      "an answer of a part of a cluster",
      200,
      `${nothing.slice(0, -1)},"warnings":["store 2 is away"]}`,
      "source.broken_answer",
      /only in part: store 2 is away/,
    ],
  ])("says what is wrong: %s", async (_, status, body, code, message) => {
    await using server = await openFakeServer((response) => response.writeHead(status).end(body));
    const ask = createPrometheusAsk({ url: server.url });
    await expect(ask("memoryMb", 30, 0, soon())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("takes remarks about the query itself for what they are", async () => {
    const remarks = '"warnings":["PromQL info: metric might not be a counter"]';
    await using server = await openFakeServer((response) =>
      response.end(`${nothing.slice(0, -1)},${remarks}}`),
    );
    expect((await createPrometheusAsk({ url: server.url })("memoryMb", 30, 0, soon())).size).toBe(0);
  });

  it("says that it broke off, and that nobody listens, without the secrets of the address", async () => {
    let url = "";
    {
      await using server = await openFakeServer((response) => {
        response.writeHead(200, { "content-length": "1000" }).write('{"status":');
        setTimeout(() => response.destroy(), 20);
      });
      url = server.url.replace("http://", "http://user:hidden@");
      await expect(createPrometheusAsk({ url: server.url })("memoryMb", 30, 0, soon())).rejects.toMatchObject(
        {
          code: "source.broken_answer",
          message: expect.stringContaining("broke off in the middle of an answer"),
        },
      );
    }
    const error = await createPrometheusAsk({ url })("memoryMb", 30, 0, soon()).catch(
      (reason: Error) => reason,
    );
    expect(String(error)).toContain("cannot be reached");
    expect(String(error)).not.toContain("hidden");
  });

  it("reads a service by the first way that has something, and never by two", async () => {
    const element = (branch: number, part: string, service: string, value: string, more = {}) => ({
      metric: { kontor_branch: String(branch), kontor_part: part, service_name: service, ...more },
      value: [0, value],
    });
    const about = { http_request_method: "GET", http_route: "/orders", deployment_environment_name: "live" };
    const result = [
      element(0, "count", "both", "40", about),
      element(0, "value", "both", "450", about),
      element(0, "newest", "both", "1795494890.5", { deployment_environment_name: "live" }),
      element(4, "count", "both", "99", about),
      element(4, "value", "both", "1", about),
      element(4, "count", "spans", "7", about),
      element(4, "value", "spans", "20", about),
      element(0, "count", "idle", "0", about),
      element(0, "value", "idle", "NaN", about),
      element(0, "count", "bare", "3", about),
      element(0, "value", "bare", "NaN", about),
    ];
    const answer = { status: "success", data: { resultType: "vector", result } };
    await using server = await openFakeServer((response) => response.end(JSON.stringify(answer)));
    const samples = await createPrometheusAsk({ url: server.url })("serverLatencyP95", 30, 0, soon());
    const byService = Object.fromEntries(
      [...samples.values()].map((sample) => [sample.subject.service, sample]),
    );
    expect(byService.both).toMatchObject({ value: 450, count: 40, newestAtMs: 1_795_494_890_500 });
    expect(byService.both?.subject).toEqual({
      environment: "live",
      namespace: "",
      service: "both",
      route: "GET /orders",
    });
    expect(byService.spans).toMatchObject({ value: 20, count: 7 });
    expect(byService.idle).toMatchObject({ value: 0, count: 0 });
    // Counted without buckets: how long requests took is not known.
    expect(byService.bare).toBeUndefined();
  });
});
