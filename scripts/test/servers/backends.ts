import { type InfluxdbAccess, queryFlux } from "@kontor/kit/testing/servers/influxdb";
import { z } from "zod";

const promAnswer = z.object({
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
    ),
  }),
});

type Influxdb = InfluxdbAccess & { readonly url: string };

export type PromSample = { labels: Record<string, string>; value: number };

/** An instant query, now. */
export async function queryPrometheus(url: string, query: string): Promise<PromSample[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = promAnswer.parse(await response.json());
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** Runs Flux. @returns one object for each row, by the names of its columns */
export async function queryInfluxdb(influxdb: Influxdb, flux: string): Promise<Record<string, string>[]> {
  return readCsvTables(await queryFlux(influxdb, flux));
}

/** Tables follow each other, each with a heading of its own; none of our values holds a comma. */
function readCsvTables(text: string): Record<string, string>[] {
  return text
    .split("\r\n\r\n")
    .filter((table) => table.trim() !== "")
    .flatMap((table) => {
      const [heading = "", ...lines] = table.trim().split("\r\n");
      const names = heading.split(",");
      return lines.map((line) => {
        const cells = line.split(",");
        return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""]));
      });
    });
}

/** Every point of a measurement of the last hour, with its tags. */
export function readMeasurement(influxdb: Influxdb, measurement: string): Promise<Record<string, string>[]> {
  return queryInfluxdb(
    influxdb,
    `from(bucket: "${influxdb.bucket}") |> range(start: -1h) |> filter(fn: (r) => r._measurement == "${measurement}" and r._field != "start_time_unix_nano")`,
  );
}

/** Names of the spans Jaeger has of a trace; none when it has not got it. */
export async function readJaegerTrace(url: string, traceId: string): Promise<string[]> {
  const response = await fetch(`${url}/api/traces/${traceId}`);
  if (!response.ok) return [];
  const { data } = jaegerAnswer.parse(await response.json());
  return data.flatMap(({ spans }) => spans.map(({ operationName }) => operationName));
}

const jaegerAnswer = z.object({
  data: z.array(z.object({ spans: z.array(z.object({ operationName: z.string() })) })),
});

const lokiAnswer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.string(), z.string()])),
      }),
    ),
  }),
});

export type LokiLine = { labels: Record<string, string>; line: string };

/** Lines of the last hour that a LogQL query selects; structured metadata is among the labels. */
export function queryLoki(url: string, query: string): Promise<LokiLine[]> {
  return readLokiLines(
    `${url}/loki/api/v1/query_range?since=1h&limit=1000&query=${encodeURIComponent(query)}`,
  );
}

/** The lines that an address of Loki's API answers with. */
export async function readLokiLines(url: string): Promise<LokiLine[]> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Loki answered ${response.status}: ${await response.text()}`);
  const { data } = lokiAnswer.parse(await response.json());
  return data.result.flatMap(({ stream, values }) => values.map(([, line]) => ({ labels: stream, line })));
}
