import type { Alert } from "./alert.ts";

/** Milliseconds since the epoch. */
export interface TimeRange {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Where the same traces and log lines are in tools of others; undefined where there is no such tool. */
export interface OutsideLinks {
  /** The page of a trace in Jaeger, which may hold only a sample of them. */
  trace(traceId: string): string | undefined;
  /** The log lines of a trace. @param range in which it ran */
  traceLogs(traceId: string, range: TimeRange): string | undefined;
  serviceLogs(service: string, range: TimeRange): string | undefined;
}

export interface OutsideAddresses {
  readonly jaegerUrl?: string | undefined;
  /** People read Loki through Grafana. Where there is none, links lead to the answer of Loki's own API, as JSON. */
  readonly grafanaUrl?: string | undefined;
  readonly lokiUrl?: string | undefined;
  /** Of the data source in Grafana. */
  readonly lokiUid: string;
}

/** Loki looks at nothing without a stream selector; every line that came by OTLP has this label. */
const anyService = '{service_name=~".+"}';

/** @param addresses absolute URLs, with or without a slash at the end, as browsers reach them */
export function createOutsideLinks(addresses: OutsideAddresses): OutsideLinks {
  const [jaegerUrl, grafanaUrl, lokiUrl] = [addresses.jaegerUrl, addresses.grafanaUrl, addresses.lokiUrl].map(
    (url) => url?.replace(/\/+$/, ""),
  );
  const logs = (query: string, range: TimeRange): string | undefined => {
    if (grafanaUrl !== undefined) return toExplore(grafanaUrl, addresses.lokiUid, query, range);
    return lokiUrl === undefined ? undefined : toLokiAnswer(lokiUrl, query, range);
  };
  return {
    trace: (traceId) =>
      jaegerUrl === undefined ? undefined : `${jaegerUrl}/trace/${encodeURIComponent(traceId)}`,
    traceLogs: (traceId, range) => logs(`${anyService} | trace_id=${quote(traceId)}`, range),
    serviceLogs: (service, range) => logs(`{service_name=${quote(service)}}`, range),
  };
}

export const noOutsideLinks: OutsideLinks = createOutsideLinks({ lokiUid: "" });

const aroundMs = 300_000;

/** The range in which an alert, and what caused it, ran: five minutes more on either side. */
export function rangeOfAlert(alert: Alert, nowMs: number): TimeRange {
  const beganMs = alert.pendingSinceMs ?? alert.firedAtMs ?? alert.sinceMs;
  const endedMs = alert.state === "resolved" ? (alert.resolvedAtMs ?? alert.sinceMs) : nowMs;
  return { fromMs: beganMs - aroundMs, untilMs: endedMs + aroundMs };
}

const dayMs = 86_400_000;

/** The last day on which a finding was seen: its evidence is of then, as a rule. */
export function rangeOfFinding(seen: {
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}): TimeRange {
  const fromMs = Math.max(seen.firstSeenMs - aroundMs, seen.lastSeenMs - dayMs);
  return { fromMs, untilMs: seen.lastSeenMs + aroundMs };
}

/** The worst trace of an alert in Jaeger, and its log lines, or those of the service where no trace is known. */
export function linkAlertOutside(
  alert: Alert,
  outside: OutsideLinks,
  nowMs: number,
): { readonly jaeger: string | null; readonly logs: string | null } {
  const [traceId] = alert.traceIds;
  const range = rangeOfAlert(alert, nowMs);
  const logs =
    traceId === undefined
      ? outside.serviceLogs(alert.subject.service, range)
      : outside.traceLogs(traceId, range);
  return { jaeger: (traceId === undefined ? undefined : outside.trace(traceId)) ?? null, logs: logs ?? null };
}

/** A page of Grafana's Explore. @source the URL that Explore itself makes, schema version 1 */
function toExplore(grafanaUrl: string, uid: string, expr: string, range: TimeRange): string {
  const datasource = { type: "loki", uid };
  const panes = {
    logs: {
      datasource: uid,
      queries: [{ refId: "A", datasource, expr }],
      range: { from: String(range.fromMs), to: String(range.untilMs) },
    },
  };
  return `${grafanaUrl}/explore?${new URLSearchParams({ schemaVersion: "1", panes: JSON.stringify(panes) })}`;
}

/** @source https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time */
function toLokiAnswer(lokiUrl: string, query: string, range: TimeRange): string {
  const nanoseconds = (ms: number): string => `${Math.round(ms)}000000`;
  const parameters = new URLSearchParams({
    query,
    start: nanoseconds(range.fromMs),
    end: nanoseconds(range.untilMs),
    direction: "forward",
  });
  return `${lokiUrl}/loki/api/v1/query_range?${parameters}`;
}

/** A string of LogQL, which quotes as Go does. */
function quote(text: string): string {
  return JSON.stringify(text);
}
