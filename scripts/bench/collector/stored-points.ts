import { type InfluxdbServer, queryFlux } from "@kontor/kit/testing/servers/influxdb";
import type { PrometheusServer } from "@kontor/kit/testing/servers/prometheus";
import { loadMetric } from "./point-payload.ts";

/** How many of the points that were accepted a backend has not got. */
export type Loss = { points: number; requests: number };

/**
 * Compares what was accepted with what is stored, point by point.
 *
 * @param outcome by number of request; 2 for those that were accepted
 * @param readValues the numbers of the requests whose point is stored in a series
 */
export async function countLost(
  outcome: Uint8Array,
  offered: number,
  seriesCount: number,
  readValues: (series: number) => Promise<Iterable<number>>,
): Promise<Loss> {
  let points = 0;
  const requests = new Set<number>();
  for (let series = 0; series < seriesCount; series += 1) {
    const isStored = new Uint8Array(offered);
    for (const number of await readValues(series)) isStored[number] = 1;
    for (let number = 0; number < offered; number += 1) {
      if (outcome[number] !== 2 || isStored[number] === 1) continue;
      points += 1;
      requests.add(number);
    }
  }
  return { points, requests: requests.size };
}

export async function readFromPrometheus({ url }: PrometheusServer, series: number): Promise<number[]> {
  const query = `${loadMetric.replaceAll(".", "_")}{series="${series}"}[2h]`;
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${text.slice(0, 300)}`);
  const { data } = JSON.parse(text) as { data: { result: { values: [number, string][] }[] } };
  return data.result.flatMap(({ values }) => values.map(([, value]) => Number(value)));
}

export async function readFromInfluxdb(influxdb: InfluxdbServer, series: number): Promise<number[]> {
  const flux = `from(bucket: "${influxdb.bucket}") |> range(start: -2h, stop: 2h)
    |> filter(fn: (r) => r._measurement == "${loadMetric}" and r.series == "${series}" and r._field == "gauge")
    |> group() |> keep(columns: ["_value"])`;
  // Lines are `,_result,0,<value>`, under a heading.
  return (await queryFlux(influxdb, flux))
    .split("\r\n")
    .slice(1)
    .filter((line) => line !== "")
    .map((line) => Number(line.slice(line.lastIndexOf(",") + 1)));
}
