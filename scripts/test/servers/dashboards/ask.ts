import type { InfluxdbAccess } from "@kontor/kit/testing/servers/influxdb";
import { z } from "zod";
import { queryInfluxdb, queryLoki } from "../backends.ts";
import type { PanelQuery } from "./panel-queries.ts";

export type Backends = {
  prometheus: string;
  influxdb: InfluxdbAccess & { url: string };
  loki: string;
  jaeger: string;
};

const rangeSeconds = 90;

const promAnswer = z.object({
  status: z.string(),
  error: z.string().optional(),
  data: z
    .object({
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          value: z.tuple([z.number(), z.string()]).optional(),
          values: z.array(z.tuple([z.number(), z.string()])).optional(),
        }),
      ),
    })
    .optional(),
});

/**
 * What a panel would show: one text for each series or row that has a value, equal for equal answers.
 *
 * @throws Error with the server's own words when it refuses the query
 */
export async function ask(backends: Backends, { language, text, isInstant }: PanelQuery): Promise<string[]> {
  if (language === "promql") return askPrometheus(backends.prometheus, text, isInstant);
  if (language === "flux") {
    const rows = await queryInfluxdb(backends.influxdb, text);
    return rows
      .filter((row) => row._value !== "" && row._value !== undefined)
      .map((row) => JSON.stringify(row));
  }
  if (language === "logql") return (await queryLoki(backends.loki, text)).map(({ line }) => line);
  return askJaeger(backends.jaeger, text);
}

async function askPrometheus(url: string, text: string, isInstant: boolean): Promise<string[]> {
  const end = Date.now() / 1000;
  const range = { start: String(end - rangeSeconds), end: String(end), step: "5" };
  const body = new URLSearchParams({ query: text, ...(isInstant ? { time: String(end) } : range) });
  const response = await fetch(`${url}/api/v1/${isInstant ? "query" : "query_range"}`, {
    method: "POST",
    body,
  });
  const answer = promAnswer.parse(await response.json());
  if (answer.data === undefined) throw new Error(answer.error ?? answer.status);
  return answer.data.result.flatMap(({ metric, value, values = [] }) => {
    const numbers = (value === undefined ? values : [value]).map(([, number]) => number);
    const shown = numbers.filter((number) => number !== "NaN");
    return shown.length === 0 ? [] : [JSON.stringify([metric, shown.at(-1)])];
  });
}

const jaegerAnswer = z.object({ data: z.array(z.object({ traceID: z.string() })) });

async function askJaeger(url: string, service: string): Promise<string[]> {
  const response = await fetch(
    `${url}/api/traces?limit=20&lookback=1h&service=${encodeURIComponent(service)}`,
  );
  return jaegerAnswer.parse(await response.json()).data.map(({ traceID }) => traceID);
}

/** What Prometheus' own parser says against a query; undefined when it takes it. */
export async function parsePromql(url: string, text: string): Promise<string | undefined> {
  const response = await fetch(`${url}/api/v1/parse_query`, {
    method: "POST",
    body: new URLSearchParams({ query: text }),
  });
  if (response.ok) return undefined;
  return await response.text();
}

/** What InfluxDB's own parser says against a query; undefined when it takes it. */
export async function parseFlux(
  { url, token }: Backends["influxdb"],
  text: string,
): Promise<string | undefined> {
  const response = await fetch(`${url}/api/v2/query/ast`, {
    method: "POST",
    headers: { authorization: `Token ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query: text }),
  });
  const answer = await response.text();
  return response.ok ? undefined : answer;
}

/** Values of a label among the series of a selector. */
export async function labelValues(url: string, selector: string, label: string): Promise<string[]> {
  const query = new URLSearchParams({ "match[]": selector });
  const response = await fetch(`${url}/api/v1/label/${label}/values?${query}`);
  return z.object({ data: z.array(z.string()) }).parse(await response.json()).data;
}
