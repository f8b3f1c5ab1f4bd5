import type { Subject } from "../signals/subject.ts";
import { type Alert, isFiring } from "./alert.ts";

/** Service by service, what it cannot work without: `dependsOn` of the configuration. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** The rule whose alert says that a service is down, and so explains what its dependants suffer. */
const DOWN_RULE = "availabilityRatioMin";

/**
 * Answers for an alert by which others it is inhibited: a service that it depends on, directly or through others, is down in the
 * same environment and namespace. Services that depend on each other never inhibit each other, or nobody would be told.
 *
 * @returns fingerprints of the firing availability alerts, nearest service first; none when it is to be notified
 */
export function compileInhibition(
  alerts: Iterable<Alert>,
  dependsOn: Dependencies,
): (alert: Alert) => readonly string[] {
  const down = new Map<string, Alert[]>();
  for (const alert of alerts) {
    if (alert.rule !== DOWN_RULE || !isFiring(alert.state)) continue;
    const { service } = alert.subject;
    down.set(service, [...(down.get(service) ?? []), alert]);
  }
  if (down.size === 0) return () => [];
  return (alert) => {
    const { service } = alert.subject;
    return listNeeded(service, dependsOn)
      .filter((needed) => !listNeeded(needed, dependsOn).includes(service))
      .flatMap((needed) => down.get(needed) ?? [])
      .filter((source) => isSamePlace(source.subject, alert.subject))
      .map(({ fingerprint }) => fingerprint);
  };
}

/** The observer's own polls of a service that has sent nothing know neither environment nor namespace. */
function isSamePlace(source: Subject, target: Subject): boolean {
  if (source.environment === "default" && source.namespace === "") return true;
  return source.environment === target.environment && source.namespace === target.namespace;
}

/** What a service needs, breadth first, without itself. */
function listNeeded(service: string, dependsOn: Dependencies): string[] {
  const needed: string[] = [];
  const seen = new Set([service]);
  for (let queue = [service]; queue.length > 0; ) {
    queue = queue.flatMap((name) => dependsOn.get(name) ?? []).filter((name) => !seen.has(name));
    for (const name of queue) {
      if (seen.has(name)) continue;
      seen.add(name);
      needed.push(name);
    }
  }
  return needed;
}
