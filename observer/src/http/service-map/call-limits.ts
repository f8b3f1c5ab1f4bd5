import { subjectKey } from "../../signals/subject.ts";
import type { CallParty } from "../../store/call-history.ts";
import type { RuleView } from "../api/services.routes.ts";
import { createServiceKeys } from "../queries/service-keys.ts";
import type { NodeKind } from "./service-map.ts";

interface Limit {
  readonly limit: number;
  /** Fewer calls are too few to judge. */
  readonly minRequests: number;
}

/** What a kind of call is held to; undefined where the configuration sets nothing. */
export interface CallLimits {
  readonly errors: Limit | undefined;
  readonly p95: Limit | undefined;
}

export type LimitsOf = (call: {
  readonly kind: "request" | "message";
  readonly from: CallParty | undefined;
  readonly to: CallParty | undefined;
  readonly toKind: NodeKind;
}) => CallLimits;

/**
 * The limits of the configuration that speak of calls: of the caller on what it calls, else of who is called. Where routes differ, the
 * most generous holds, because a map does not tell routes apart.
 */
export function toCallLimits(rules: readonly RuleView[]): LimitsOf {
  const limits = new Map<string, Map<string, Limit>>();
  const keyOf = createServiceKeys();
  for (const about of rules) {
    const { rule, limit, minRequests } = about;
    const key = keyOf(about);
    const ofRule = limits.get(rule) ?? new Map<string, Limit>();
    limits.set(rule, ofRule);
    const known = ofRule.get(key);
    if (known === undefined || known.limit < limit) ofRule.set(key, { limit, minRequests });
  }
  const find = (party: CallParty | undefined, ...names: readonly string[]): Limit | undefined => {
    if (party === undefined) return undefined;
    const key = subjectKey(party);
    return names.map((name) => limits.get(name)?.get(key)).find((limit) => limit !== undefined);
  };
  return ({ kind, from, to, toKind }) => {
    if (kind === "message") return { errors: find(to ?? from, "messagingErrorRatioMax"), p95: undefined };
    if (toKind === "database") {
      return {
        errors: find(from, "databaseErrorRatioMax", "errorRatioMax"),
        p95: find(from, "databaseLatencyP95MsMax"),
      };
    }
    return {
      errors:
        find(from, "httpClientErrorRatioMax", "errorRatioMax") ??
        find(to, "serviceErrorRatioMax", "errorRatioMax"),
      p95: find(to, "serviceLatencyP95MsMax", "latencyP95MsMax"),
    };
  };
}
