import { type Alert, isFiring } from "./alert.ts";

/** Service by service, what it cannot work without: `dependsOn` of the configuration. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** The rule whose alert says that a service is down, and so explains what its dependants suffer. */
const DOWN_RULE = "availabilityRatioMin";

/**
 * Answers for an alert by which others it is inhibited: a service that it depends on, directly or through others, is down in the
 * same environment and namespace. The alert that a service itself is down stays loud for its own sake, as long as nothing below it is down too.
 *
 * Services that depend on each other never inhibit each other, or nobody would be told.
 *
 * @returns fingerprints of the firing availability alerts, nearest service first; none when it is to be notified
 */
export function compileInhibition(
  alerts: Iterable<Alert>,
  dependsOn: Dependencies,
): (alert: Alert) => readonly string[] {
  const down = new Map<string, string>();
  for (const alert of alerts) {
    if (alert.rule === DOWN_RULE && isFiring(alert.state))
      down.set(placeKey(alert, alert.subject.service), alert.fingerprint);
  }
  if (down.size === 0) return () => [];
  return (alert) => {
    const { service } = alert.subject;
    return listNeeded(service, dependsOn)
      .filter((needed) => !listNeeded(needed, dependsOn).includes(service))
      .map((needed) => down.get(placeKey(alert, needed)))
      .filter((fingerprint) => fingerprint !== undefined);
  };
}

function placeKey(alert: Alert, service: string): string {
  return `${alert.subject.environment}\u001f${alert.subject.namespace}\u001f${service}`;
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
