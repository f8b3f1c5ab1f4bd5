import { getSignal, type SignalName } from "../../../signals/catalogue.ts";
import type { Samples } from "../../../signals/signal-source.ts";
import type { Ask } from "../guard-reads.ts";
import { SignalSourceError, toShownUrl } from "../signal-source-error.ts";
import { createIntervalBook, type IntervalBook, type SlowServices } from "../slow-services.ts";
import { readAnswer, type VectorElement } from "./read-answer.ts";
import { type CompiledPromql, toPromql } from "./to-promql.ts";

export interface PrometheusOptions {
  /** Base address, with the path prefix of a cluster where there is one: `http://prometheus:9090`. May hold user and password. */
  readonly url: string;
  /** Shown as a bearer token; undefined where none is needed. */
  readonly token?: string | undefined;
}

/** Bytes of an answer; one of 10,000 routes takes about 6 MB. */
const answerBytesMax = 64 * 1_048_576;

interface Compiled extends CompiledPromql {
  readonly slow: readonly SlowServices[];
  readonly slowKey: string;
}

/**
 * Reads signals from anything that speaks Prometheus' HTTP API and is filled over OTLP. One query for a signal and a window, whatever
 * the number of subjects.
 */
export function createPrometheusAsk(options: PrometheusOptions): Ask {
  const intervals = new Map<SignalName, IntervalBook>();
  const compiled = new Map<string, Compiled>();

  const compile = (signal: SignalName, windowSeconds: number): Compiled => {
    const key = `${signal}/${windowSeconds}`;
    const slow = intervals.get(signal)?.slowFor(windowSeconds) ?? [];
    const slowKey = JSON.stringify(slow);
    const known = compiled.get(key);
    if (known?.slowKey === slowKey) return known;
    const next = { ...toPromql(getSignal(signal), windowSeconds, slow), slow, slowKey };
    compiled.set(key, next);
    return next;
  };

  return async (signal, windowSeconds, atMs, deadline): Promise<Samples> => {
    const { query, branches, slow } = compile(signal, windowSeconds);
    const elements = await queryPrometheus(options, query, atMs, deadline);
    const windowOf = (service: string) =>
      slow.find(({ services }) => services.includes(service))?.windowSeconds ?? windowSeconds;
    const { samples, heard } = readAnswer(elements, branches, windowOf);
    const book = intervals.get(signal) ?? createIntervalBook();
    intervals.set(signal, book);
    book.note(heard);
    return samples;
  };
}

/**
 * Asks for nothing, as every read would ask.
 *
 * @throws SignalSourceError with what is wrong: address or token
 */
export async function checkPrometheus(options: PrometheusOptions, deadline: AbortSignal): Promise<void> {
  await queryPrometheus(options, "vector(1) < 0", Date.now(), deadline);
}

/**
 * One instant query.
 *
 * @param atMs ms since the epoch
 * @throws SignalSourceError for everything but a whole answer
 */
export async function queryPrometheus(
  { url, token }: PrometheusOptions,
  query: string,
  atMs: number,
  deadline: AbortSignal,
): Promise<readonly VectorElement[]> {
  const shown = `Prometheus at ${toShownUrl(url)}`;
  const address = new URL("api/v1/query", url.endsWith("/") ? url : `${url}/`);
  const { username, password } = address;
  address.username = "";
  address.password = "";
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    "base64",
  );
  const authorization =
    token !== undefined ? `Bearer ${token}` : username !== "" ? `Basic ${basic}` : undefined;
  const response = await fetch(address, {
    method: "POST",
    body: new URLSearchParams({ query, time: String(atMs / 1000) }),
    headers: authorization === undefined ? {} : { authorization },
    signal: deadline,
    redirect: "manual",
  }).catch((error: Error) => {
    if (deadline.aborted) throw error;
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    const message = `${shown} cannot be reached: ${reason}. Start it, or set PROMETHEUS_URL.`;
    throw new SignalSourceError("source.unreachable", message, { cause: error });
  });
  const text = await readText(response, shown, deadline);
  if (!response.ok) throw toStatusError(response.status, text, shown);
  return readVector(text, shown);
}

async function readText(response: Response, shown: string, deadline: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > answerBytesMax) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    if (deadline.aborted) throw cause;
    const message = `${shown} broke off in the middle of an answer. It is asked again.`;
    throw new SignalSourceError("source.broken_answer", message, { cause });
  }
  if (bytes <= answerBytesMax) return Buffer.concat(chunks).toString("utf8");
  const message = `${shown} answered with more than ${answerBytesMax / 1_048_576} MB. There are too many routes; look for ids in http.route.`;
  throw new SignalSourceError("source.broken_answer", message);
}

function toStatusError(status: number, text: string, shown: string): SignalSourceError {
  const said = `${shown} answered ${status}${toReason(text)}`;
  if (status === 401 || status === 403)
    return new SignalSourceError("source.unauthorized", `${said}. Check PROMETHEUS_TOKEN.`);
  if (status === 404 || (status >= 300 && status < 400))
    return new SignalSourceError("source.not_found", `${said}. Check the path in PROMETHEUS_URL.`);
  if (status === 429 || status === 502 || status === 503 || status === 504)
    return new SignalSourceError("source.busy", `${said}. It is asked again.`);
  return new SignalSourceError("source.refused", `${said}.`);
}

/** What Prometheus says of a refusal; a page of HTML from a proxy says nothing. */
function toReason(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" ? `: ${error.slice(0, 300)}` : "";
  } catch {
    return "";
  }
}

function readVector(text: string, shown: string): readonly VectorElement[] {
  const answer = parse(text);
  const result = answer?.data?.result;
  if (answer?.status !== "success" || answer.data?.resultType !== "vector" || !Array.isArray(result)) {
    const message = `${shown} answered with something else than a vector. Check that PROMETHEUS_URL leads to Prometheus.`;
    throw new SignalSourceError("source.broken_answer", message);
  }
  // Clusters say so when a part of them did not answer; remarks about the query itself begin with PromQL.
  const partial = (answer.warnings ?? []).find((warning) => !warning.startsWith("PromQL"));
  if (partial !== undefined) {
    const message = `${shown} answered only in part: ${partial.slice(0, 300)}. Missing series must not look healthy.`;
    throw new SignalSourceError("source.broken_answer", message);
  }
  return result;
}

interface QueryAnswer {
  readonly status?: string;
  readonly data?: { readonly resultType?: string; readonly result?: readonly VectorElement[] };
  readonly warnings?: readonly string[];
}

function parse(text: string): QueryAnswer | undefined {
  try {
    return JSON.parse(text) as QueryAnswer;
  } catch {
    return undefined;
  }
}
