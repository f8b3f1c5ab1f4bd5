import { describe, expect, it } from "vitest";
import { checkInfluxdb, createInfluxdbAsk } from "../../../../src/store/sources/influxdb/influxdb-source.ts";
import { openFakeServer } from "../fake-server.ts";

const soon = () => AbortSignal.timeout(5_000);
const access = { organisation: "kontor", bucket: "telemetry", token: "secret-token" };
const head = [
  "#group,false,false,false,false,true,true,true",
  "#datatype,string,long,dateTime:RFC3339,double,string,string,string",
  "#default,0.now,,,,,,",
  ",result,table,_time,_value,_field,_measurement,service.name",
];

describe("InfluxDB as a source", () => {
  it("is asked once for a signal, with its token and organisation", async () => {
    await using server = await openFakeServer((response) => response.end(""));
    const ask = createInfluxdbAsk({ ...access, url: server.url });
    expect((await ask("serverLatencyP95", 30, 1_795_494_891_000, soon())).size).toBe(0);
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request?.url).toContain("/api/v2/query?org=kontor");
    expect(request?.headers.authorization).toBe("Token secret-token");
  });

  it("makes samples of rows", async () => {
    const rows = [...head, ",,0,2026-11-24T12:00:00Z,5e7,gauge,process.memory.usage,shop", "", ""].join(
      "\r\n",
    );
    await using server = await openFakeServer((response) => response.end(rows));
    const atMs = Date.parse("2026-11-24T12:00:01Z");
    const samples = await createInfluxdbAsk({ ...access, url: server.url })("memoryMb", 30, atMs, soon());
    expect([...samples.values()]).toMatchObject([
      { subject: { service: "shop", environment: "default" }, value: 50, newestAtMs: atMs - 1_000 },
    ]);
  });

  // Red when: a refusal or a table with an error in it is read as an empty answer, and everything looks silent.
  it.each<[string, number, string, string, RegExp]>([
    [
      "a wrong token",
      401,
      '{"code":"unauthorized","message":"unauthorized access"}',
      "source.unauthorized",
      /401: unauthorized access\. Check INFLUXDB_TOKEN: it must be allowed to read telemetry\.$/,
    ],
    [
      "no such bucket",
      404,
      '{"code":"not found","message":"could not find bucket"}',
      "source.not_found",
      /404: could not find bucket\. Check INFLUXDB_ORG \(kontor\) and INFLUXDB_BUCKET \(telemetry\)\.$/,
    ],
    ["too much to do", 503, '{"message":"overloaded"}', "source.busy", /503: overloaded/],
    ["a query it refuses", 400, '{"message":"syntax"}', "source.refused", /400: syntax\.$/],
    [
      "an error in the middle",
      200,
      "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,ran out of memory,897\r\n\r\n",
      "source.broken_answer",
      /ran out of memory/,
    ],
  ])("says what is wrong: %s", async (_, status, body, code, message) => {
    await using server = await openFakeServer((response) =>
      response
        .writeHead(status, { "content-type": status === 200 ? "text/csv" : "application/json" })
        .end(body),
    );
    const ask = createInfluxdbAsk({ ...access, url: server.url });
    await expect(ask("memoryMb", 30, 0, soon())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("says that it broke off, that nobody listens, and what a check finds", async () => {
    let url = "";
    {
      await using server = await openFakeServer((response) => {
        response.writeHead(200, { "content-length": "1000" }).write(head.join("\r\n"));
        setTimeout(() => response.destroy(), 20);
      });
      url = server.url;
      await expect(createInfluxdbAsk({ ...access, url })("memoryMb", 30, 0, soon())).rejects.toMatchObject({
        name: "SignalSourceError",
      });
    }
    await expect(checkInfluxdb({ ...access, url }, soon())).rejects.toMatchObject({
      code: "source.unreachable",
    });
  });

  it("stops when its time is over", async () => {
    await using server = await openFakeServer(() => {});
    const started = performance.now();
    const deadline = AbortSignal.timeout(50);
    await expect(
      createInfluxdbAsk({ ...access, url: server.url })("memoryMb", 30, 0, deadline),
    ).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
