import {
  type CounterLimitKeyName,
  counterLimitKeys,
  type LimitKeyName,
  limitKeys,
  routeLimitKeyNames,
} from "../../src/config/limit-keys.ts";
import type { SurfaceName } from "./surfaces.ts";

/** Another value for a key: this one, or one that follows from what stands there. */
export type Change =
  | { readonly value: unknown }
  /** A limit a twentieth lower; where its field is written, with the `clear` it had. */
  | "lower"
  /** A `clear` further from the limit. */
  | "further"
  /** One more than the usual whole number, nine tenths of another. */
  | "other";

/** What comes of changing any one of some keys, and why. */
export interface SurfaceRow {
  /** As `listSchemaKeys` has them. */
  readonly keys: readonly string[];
  readonly to: Change;
  /** Exactly these surfaces are others; `refused` where the file is not taken at all. */
  readonly changes: readonly SurfaceName[] | "refused";
  readonly because: string;
}

type AnyLimit = LimitKeyName | CounterLimitKeyName;

const all = [...Object.keys(limitKeys), ...Object.keys(counterLimitKeys)] as AnyLimit[];
const restsOnRequests = (key: AnyLimit) => ({ ...limitKeys, ...counterLimitKeys })[key].restsOnRequests;
const levels = ["defaults", "services.*", "services.*.endpoints.*"];

/** Wherever each may stand. */
function limits(keys: readonly AnyLimit[], field = ""): string[] {
  const isOnRoute = (key: AnyLimit) => routeLimitKeyNames.some((name) => name === key);
  return keys.flatMap((key) => {
    const places =
      key in counterLimitKeys ? ["services.*.counters.*"] : isOnRoute(key) ? levels : levels.slice(0, 2);
    return places.map((place) => `${place}.${key}${field}`);
  });
}

/** A field on each limit, and on each level for all limits there. */
function fields(name: string, keys: readonly AnyLimit[] = all): string[] {
  return [...limits(keys, `.${name}`), ...levels.map((level) => `${level}.${name}`)];
}

const section = (name: string, keys: readonly string[]) => keys.map((key) => `${name}.${key}`);

const rules = ["runtimeRules", "prometheusRules", "grafanaRules"] as const;

/** Every key of the file with what it changes. `surfaces.test.ts` holds the code to it, key by key. */
export const surfaceTable: readonly SurfaceRow[] = [
  {
    keys: [...limits(all), ...limits(all, ".limit")],
    to: "lower",
    changes: [...rules, "dashboards", "report"],
    because:
      "one number: what is judged, what others judge by, the line in the picture, the line in the report",
  },
  {
    keys: limits(all),
    to: { value: null },
    changes: [...rules, "dashboards", "report"],
    because: "switched off it is nowhere",
  },
  {
    keys: limits(all, ".clear"),
    to: "further",
    changes: rules,
    because: "where an alert ends is a matter of rules; people are shown the limit",
  },
  {
    keys: fields("clearRatio"),
    to: { value: 0.5 },
    changes: rules,
    because: "it makes `clear` where none is named",
  },
  {
    keys: fields("windowSeconds"),
    to: { value: 45 },
    changes: rules,
    because: "pictures have a range of their own",
  },
  {
    keys: fields("forSeconds"),
    to: { value: 7 },
    changes: [...rules, "report"],
    because: "a breach is told of from when it fired",
  },
  {
    keys: fields("keepFiringSeconds"),
    to: { value: 17 },
    changes: [...rules, "report"],
    because: "a breach is told of until its alert is resolved",
  },
  {
    keys: fields("minRequests", all.filter(restsOnRequests)),
    to: { value: 31 },
    changes: rules,
    because: "fewer requests are no verdict, wherever it is judged",
  },
  {
    keys: limits(
      all.filter((key) => !restsOnRequests(key)),
      ".minRequests",
    ),
    to: { value: 31 },
    changes: "refused",
    because: "it would have no meaning, so that it may not stand there",
  },
  {
    keys: fields("severity"),
    to: { value: "info" },
    changes: [...rules, "report"],
    because: "how loud a breach is stands beside it wherever it is told",
  },
  {
    keys: ["services.*.critical", "services.*.endpoints.*.critical"],
    to: { value: true },
    changes: [...rules, "report"],
    because: "it makes the severity of symptoms where none is named",
  },
  {
    keys: ["services.*.optional"],
    to: { value: true },
    changes: ["runtimeRules", "report"],
    because: "unseen it has no rules; rules of Prometheus and Grafana hold for whatever has data",
  },
  {
    keys: ["services.*.healthUrl"],
    to: { value: "http://127.0.0.1:1/other" },
    changes: ["settings"],
    because: "where it is polled; that it is polled at all gives it a rule",
  },
  {
    keys: ["services.*.dependsOn"],
    to: { value: ["stock"] },
    changes: ["settings"],
    because: "whose alerts are held back; exported rules name no receiver",
  },
  {
    keys: ["alerts.noDataAfterSeconds"],
    to: "other",
    changes: ["runtimeRules", "prometheusRules"],
    because: "silence is an alert of its own there; Grafana keeps the last state",
  },
  {
    keys: ["alerts.errorAfterSeconds"],
    to: "other",
    changes: ["runtimeRules"],
    because: "a source that cannot be read is the observer's alone: Prometheus reads itself",
  },
  {
    keys: [
      ...section("alerts", [
        "groupIntervalSeconds",
        "explainWithinSeconds",
        "receivers.0.repeatIntervalSeconds",
      ]),
    ],
    to: "other",
    changes: ["settings"],
    because: "only the observer notifies",
  },
  {
    keys: ["alerts.receivers.0.name"],
    to: { value: "pager" },
    changes: ["settings"],
    because: "only the observer notifies",
  },
  {
    keys: ["alerts.receivers.0.type"],
    to: { value: "smtp" },
    changes: ["settings"],
    because: "only the observer notifies",
  },
  {
    keys: ["alerts.receivers.0.severities"],
    to: { value: ["critical"] },
    changes: ["settings"],
    because: "only the observer notifies",
  },
  {
    keys: ["reports.0.name"],
    to: { value: "daily" },
    changes: ["settings"],
    because: "when a report is sent, not what is in it",
  },
  { keys: ["reports.0.schedule"], to: { value: "0 6 * * *" }, changes: ["settings"], because: "the same" },
  {
    keys: ["reports.0.timeZone"],
    to: { value: "Europe/Berlin" },
    changes: ["settings"],
    because: "the same",
  },
  { keys: ["reports.0.format"], to: { value: "pdf" }, changes: ["settings"], because: "the same" },
  { keys: ["reports.0.periodHours"], to: "other", changes: ["settings"], because: "the same" },
  { keys: ["reports.0.to"], to: { value: ["a@example.com"] }, changes: ["settings"], because: "the same" },
  {
    keys: section("healthPolls", ["intervalSeconds", "timeoutSeconds", "startupSeconds"]),
    to: "other",
    changes: ["settings"],
    because: "how availability is measured; its limit is a key of its own",
  },
  {
    keys: section("retention", ["spansHours", "spansBytesMax", "rollupsDays"]),
    to: "other",
    changes: ["settings"],
    because: "how long is kept what was measured",
  },
  {
    keys: section("ingest", [
      ...["bodyBytesMax", "bodiesBytesMax", "attributesMax", "attributeLengthMax", "nestingDepthMax"],
      ...["futureSecondsMax", "sendersMax", "seriesMax", "seriesPerMetricMax", "forgetAfterSeconds"],
    ]),
    to: "other",
    changes: ["settings"],
    because: "guards of the receiver, before anything is judged",
  },
  {
    keys: section("traceBuffer", [
      ...["quietMs", "ageMsMax", "spansMax", "bytesMax", "tracesMax", "spansPerTraceMax", "finishedSpansMax"],
    ]),
    to: "other",
    changes: ["settings"],
    because: "traces that wait to be diagnosed",
  },
  {
    keys: section("diagnosis", [
      ...[
        "nPlusOneCountMin",
        "nPlusOneTotalMsMin",
        "nPlusOneGainRatioMin",
        "nPlusOneGapMsMax",
        "manyRunsCountMin",
      ],
      ...["nPlusOneHttpCountMin", "nPlusOneHttpTotalMsMin", "redundantSqlCountMin", "redundantSqlTotalMsMin"],
      ...[
        "repeatingSequenceCountMin",
        "repeatingSequenceTotalMsMin",
        "slowSqlMsMax",
        "slowSqlOccurrencesMin",
      ],
      ...["slowSqlOccurrencesWindowSeconds", "serialCallsCountMin", "serialCallsSavedMsMin"],
      ...["serialCallsSavedRatioMin", "chattyCallsMax", "largePayloadBytesMax", "slowdownWindowSeconds"],
      ...["slowdownRequestsMin", "slowdownSlowRatioMin", "slowdownRatioMin", "slowdownBaselineRequestsMin"],
    ]),
    to: "other",
    changes: ["settings"],
    because: "findings are made of traces, which no rule reads",
  },
  {
    keys: section("findings", ["quietSeconds", "goneChanceMax"]),
    to: "other",
    changes: ["settings"],
    because: "when a finding is over",
  },
  {
    keys: ["scalingHeadroomRatio"],
    to: "other",
    changes: ["settings"],
    because: "a share of limits, and no limit: what is judged stays as it is",
  },
  { keys: ["$schema"], to: { value: "./other.json" }, changes: [], because: "for editors alone" },
];
