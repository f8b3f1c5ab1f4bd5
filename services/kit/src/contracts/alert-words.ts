import type { alertTransitioned } from "./alerts.ts";
import type { EventPayload } from "./define-event.ts";

export type AlertPayload = EventPayload<typeof alertTransitioned>;

/** What an alert tells people: it began, it is over, it lasts, or it has been explained since. */
export type AlertNews = "firing" | "noData" | "error" | "resolved" | "repeated" | "explained" | "none";

/** What there is to tell about a transition; `none` for one that is nobody's business, as `pending`. */
export function readNews(alert: Pick<AlertPayload, "from" | "to" | "update" | "firedAt">): AlertNews {
  const { to, update, firedAt } = alert;
  if (update !== undefined) return update;
  if (to === "firing" || to === "noData" || to === "error") return to;
  if (isKnownAgain(alert)) return "resolved";
  if (to === "resolved" || (to === "inactive" && firedAt !== null)) return "resolved";
  return "none";
}

/** The end of silence or of failed reads. What is known again need not be good: a breach may be pending. */
function isKnownAgain({ from, to }: Pick<AlertPayload, "from" | "to">): boolean {
  return (from === "noData" || from === "error") && (to === "inactive" || to === "pending");
}

const ACRONYMS: Record<string, string> = { cpu: "CPU", gc: "GC", http: "HTTP", mb: "MB" };

/**
 * The measured thing in words, read from the key of the rule: `latencyP95MsMax` is `p95 latency`, `databasePoolRatioMax`
 * is `database pool use`, and a rule on a counter is called by its metric.
 */
export function toMeasureName(rule: string): string {
  if (rule.includes(".")) return rule.replace(/\.perMinute(Max|Min)$/, "");
  const bare = rule.replace(/(Max|Min)$/, "").replace(/(Ms|Mb|PerSecond|PerMinute)$/, "");
  const percentile = /^(.*?)P(\d{2})$/.exec(bare);
  const base = percentile?.[1] ?? bare;
  const words = base
    .replace(/^service(?=Latency|Error)/, "")
    .split(/(?=[A-Z])/)
    .map((word) => ACRONYMS[word.toLowerCase()] ?? word.toLowerCase())
    .join(" ")
    .replace(/^(?!.*(error|utilization|availability|time)).* ratio$/, (text) => text.replace(/ratio$/, "use"))
    .replace(/ utilization ratio$/, " utilization");
  return percentile === null ? words : `p${percentile[2]} ${words}`;
}

/** The same in a subject line, where a percentile needs no more words: `p95`, `database p95`. */
export function toShortMeasureName(rule: string): string {
  return toMeasureName(rule).replace(/^(p\d+) (?:(.+) )?latency$/, (_all, percentile: string, of?: string) =>
    of === undefined ? percentile : `${of} ${percentile}`,
  );
}

/** `over` or `under`: where a value stands that breaks the rule. */
export function toBreachWord(rule: string): "over" | "under" {
  return rule.endsWith("Min") ? "under" : "over";
}

/** A value with its unit as people write it: `612 ms`, `12.4 s`, `7.2 %`, `340 MB`, `3.1/s`. */
export function toValueText(value: number, unit: string): string {
  switch (unit) {
    case "ratio":
      return `${toFigures(value * 100)} %`;
    case "ms":
      return Math.abs(value) >= 10_000 ? `${toFigures(value / 1_000)} s` : `${toFigures(value)} ms`;
    case "By":
      return `${toFigures(value / 1e6)} MB`;
    case "1/s":
      return `${toFigures(value)}/s`;
    case "1/min":
      return `${toFigures(value)}/min`;
    case "count":
      return toFigures(value);
    default:
      return `${toFigures(value)} ${unit}`;
  }
}

/** At least three figures, and no digits behind the point that nobody reads. */
function toFigures(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return new Intl.NumberFormat("en", { maximumFractionDigits: digits }).format(value);
}

/** `GET /api/orders of core-erp`, or the service alone. */
export function toSubjectName({ service, endpoint }: Pick<AlertPayload, "service" | "endpoint">): string {
  return endpoint === null ? service : `${service} ${endpoint}`;
}

/** `24 Nov 2026, 14:03:20 UTC` */
export function toTimeText(iso: string): string {
  const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" }).format(
    new Date(iso),
  );
  return `${date}, ${iso.slice(11, 19)} UTC`;
}

/** `45 s`, `2 min 10 s`, `3 h 5 min`, `2 d 4 h` */
export function toDurationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(" ");
}

/** What is wrong, or was, in one sentence. */
export function toSentence(alert: AlertPayload): string {
  const name = toSubjectName(alert);
  const measure = toMeasureName(alert.rule);
  const limit = toValueText(alert.limit, alert.unit);
  const over = toBreachWord(alert.rule);
  const since = toTimeText(alert.sinceAt);
  switch (readNews(alert)) {
    case "noData":
      return `${name}: nothing is known of ${measure} since ${since}. Silence is not health${toReason(alert)}.`;
    case "error":
      return `${name}: ${measure} could not be judged since ${since}${toReason(alert)}.`;
    case "resolved":
      return toResolvedSentence(alert, name, measure, limit);
    default: {
      const observed =
        alert.observed === null ? `${over} its limit` : toValueText(alert.observed, alert.unit);
      const still = alert.update === "repeated" ? "still " : "";
      return alert.observed === null
        ? `${name}: ${measure} is ${still}${observed} of ${limit}, since ${since}.`
        : `${name}: ${measure} is ${still}${observed}, ${over} its limit of ${limit}, since ${since}.`;
    }
  }
}

function toResolvedSentence(alert: AlertPayload, name: string, measure: string, limit: string): string {
  if (isKnownAgain(alert)) return `${name}: ${measure} is known again since ${toTimeText(alert.atIso)}.`;
  const lasted = toDurationText(
    Date.parse(alert.resolvedAt ?? alert.atIso) - Date.parse(alert.firedAt ?? alert.sinceAt),
  );
  // An alert also ends when its rule is taken away or its service is gone: nothing has recovered then.
  if (alert.reason) return `${name}: the alert on ${measure} ended after ${lasted}${toReason(alert)}.`;
  const side = toBreachWord(alert.rule) === "over" ? "below" : "above";
  const now = alert.observed === null ? "" : `, now ${toValueText(alert.observed, alert.unit)}`;
  return `${name}: ${measure} is ${side} its limit of ${limit} again${now}, after ${lasted}.`;
}

function toReason({ reason }: AlertPayload): string {
  return reason ? `: ${reason.replace(/\.$/, "")}` : "";
}

/** The subject of the mail: severity, where, what against which limit. One line, whatever a route is called. */
export function toSubjectLine(alert: AlertPayload): string {
  return describe(alert).replace(/\s+/g, " ").slice(0, 250);
}

function describe(alert: AlertPayload): string {
  const name = toSubjectName(alert);
  const measure = toShortMeasureName(alert.rule);
  const limit = toValueText(alert.limit, alert.unit);
  const observed = alert.observed === null ? "" : ` ${toValueText(alert.observed, alert.unit)}`;
  const breach = `${measure}${observed} ${toBreachWord(alert.rule)} ${limit}`;
  const others = (alert.related?.length ?? 0) + (alert.relatedOmitted ?? 0);
  const more = others === 0 ? "" : ` and ${others} more`;
  switch (readNews(alert)) {
    case "noData":
      return `[${alert.severity}] ${name}: no data for ${measure}${more}`;
    case "error":
      return `[${alert.severity}] ${name}: ${measure} cannot be judged${more}`;
    case "resolved": {
      if (isKnownAgain(alert)) return `[resolved] ${name}: ${measure} is known again${more}`;
      const lasted = toDurationText(
        Date.parse(alert.resolvedAt ?? alert.atIso) - Date.parse(alert.firedAt ?? alert.sinceAt),
      );
      return `[resolved] ${name}: ${measure} after ${lasted}${more}`;
    }
    case "repeated":
      return `[${alert.severity}] still: ${name}: ${breach}${more}`;
    case "explained": {
      const [finding] = alert.findings;
      return `[${alert.severity}] explained: ${name}: ${finding?.title ?? breach}`;
    }
    default:
      return `[${alert.severity}] ${name}: ${breach}${more}`;
  }
}
