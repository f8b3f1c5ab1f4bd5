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

/** One line of a graph, row of a table, line of a log or trace that a panel would show, with its newest value. */
export type Shown = { labels: Readonly<Record<string, string>>; value: number };

const rangeSeconds = 60;

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
 * What a panel would show; series that have no number in the range are left out.
 *
 * @throws Error with the server's own words when it refuses the query
 */
export async function ask(backends: Backends, { language, text, isInstant }: PanelQuery): Promise<Shown[]> {
  if (language === "promql") return askPrometheus(backends.prometheus, text, isInstant);
  if (language === "flux") return askInfluxdb(backends.influxdb, text);
  if (language === "logql")
    return (await queryLoki(backends.loki, text)).map(({ labels }) => ({ labels, value: 1 }));
  return askJaeger(backends.jaeger, text);
}

/** The answers to many queries by their names, four under way at a time. */
export async function askAll(
  backends: Backends,
  queries: readonly PanelQuery[],
): Promise<Map<string, Shown[]>> {
  const waiting = queries[Symbol.iterator]();
  const answers = new Map<string, Shown[]>();
  const askOn = async () => {
    for (const query of waiting) answers.set(query.name, await ask(backends, query));
  };
  await Promise.all([askOn(), askOn(), askOn(), askOn()]);
  return answers;
}

async function askPrometheus(url: string, text: string, isInstant: boolean): Promise<Shown[]> {
  const end = Date.now() / 1000;
  const range = { start: String(end - rangeSeconds), end: String(end), step: "5" };
  const response = await fetch(`${url}/api/v1/${isInstant ? "query" : "query_range"}`, {
    method: "POST",
    body: new URLSearchParams({ query: text, ...(isInstant ? { time: String(end) } : range) }),
  });
  const answer = promAnswer.parse(await response.json());
  if (answer.data === undefined) throw new Error(`${answer.error ?? answer.status}: ${text}`);
  return answer.data.result.flatMap(({ metric, value, values = [] }) => {
    const points = value === undefined ? values : [value];
    const last = points.filter(([, number]) => number !== "NaN").at(-1)?.[1];
    return last === undefined ? [] : [{ labels: metric, value: Number(last) }];
  });
}

async function askInfluxdb(influxdb: Backends["influxdb"], text: string): Promise<Shown[]> {
  const series = new Map<string, Shown>();
  for (const { _value = "", ...row } of await queryInfluxdb(influxdb, text)) {
    const { _time, _start, _stop, ...labels } = row;
    if (_value !== "") series.set(JSON.stringify(labels), { labels, value: Number(_value) });
  }
  return [...series.values()];
}

const jaegerAnswer = z.object({ data: z.array(z.object({ traceID: z.string() })) });

async function askJaeger(url: string, service: string): Promise<Shown[]> {
  const query = new URLSearchParams({ limit: "20", lookback: "1h", service });
  const { data } = jaegerAnswer.parse(await (await fetch(`${url}/api/traces?${query}`)).json());
  return data.map(({ traceID }) => ({ labels: { traceID }, value: 1 }));
}

/** What the server that answers a query has against its form; undefined where it takes it. */
export async function findSyntaxProblem(
  { prometheus, influxdb, loki }: Backends,
  { language, text }: Pick<PanelQuery, "language" | "text">,
): Promise<string | undefined> {
  const query = new URLSearchParams({ query: text });
  const ofFlux = {
    headers: { authorization: `Token ${influxdb.token}`, "content-type": "application/json" },
    body: JSON.stringify({ query: text }),
  };
  const answer = await {
    promql: () => fetch(`${prometheus}/api/v1/parse_query`, { method: "POST", body: query }),
    flux: () => fetch(`${influxdb.url}/api/v2/query/ast`, { method: "POST", ...ofFlux }),
    logql: () => fetch(`${loki}/loki/api/v1/format_query?${query}`),
    // A search by fields, not by a text.
    jaeger: () => undefined,
  }[language]();
  const words = await answer?.text();
  return answer === undefined || answer.ok ? undefined : `${text}: ${words}`;
}

/** Values of a label among the series of a selector. */
export async function labelValues(url: string, selector: string, label: string): Promise<string[]> {
  const query = new URLSearchParams({ "match[]": selector });
  const response = await fetch(`${url}/api/v1/label/${label}/values?${query}`);
  return z.object({ data: z.array(z.string()) }).parse(await response.json()).data;
}

const exemplarAnswer = z.object({
  data: z.array(z.object({ exemplars: z.array(z.object({ labels: z.record(z.string(), z.string()) })) })),
});

/** Ids of the traces that the points of a graph would lead to. */
export async function listExemplarTraces(url: string, text: string): Promise<string[]> {
  const end = Date.now() / 1000;
  const response = await fetch(`${url}/api/v1/query_exemplars`, {
    method: "POST",
    body: new URLSearchParams({ query: text, start: String(end - rangeSeconds), end: String(end) }),
  });
  const { data } = exemplarAnswer.parse(await response.json());
  return data.flatMap(({ exemplars }) => exemplars.flatMap(({ labels }) => labels.trace_id ?? []));
}
