import type { AlertTransition } from "../alert.ts";
import { deriveId } from "../alert-identity.ts";
import { NOTIFICATION_ALERTS_MAX, type Notification } from "./notification.ts";
import type { Candidate, StageContext } from "./stage.ts";
import { currentAlert } from "./stages.ts";

/**
 * Makes one notification of all candidates that belong together: same service, severity, kind and receivers. What a signal source that
 * is away does to a hundred services is one group. The first of a group is told of at once; what follows within the group interval waits
 * for its end and is told of together.
 */
export function groupNotifications(candidates: readonly Candidate[], context: StageContext): Notification[] {
  const groups = new Map<string, { group: Record<string, string>; members: Candidate[] }>();
  for (const candidate of candidates) {
    const group = describeGroup(candidate, context);
    const key = [...Object.values(group), ...candidate.receivers.map(({ name }) => name)].join("\u001f");
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { group, members: [candidate] });
    else known.members.push(candidate);
  }
  const notifications: Notification[] = [];
  for (const [key, { group, members }] of groups) {
    if (isHeldBack(key, context)) continue;
    context.groupToldAtMs.set(key, context.atMs);
    const notification = toNotification(group, members, context);
    if (notification !== undefined) notifications.push(notification);
  }
  return notifications;
}

function describeGroup({ episode, kind }: Candidate, context: StageContext): Record<string, string> {
  const { subject, severity } = currentAlert(episode, context);
  const { environment, namespace, service } = subject;
  const common = { kind: kind ?? episode.kind, severity, environment };
  if (episode.kind === "error") return { ...common, source: episode.opened.source };
  return { ...common, namespace, service };
}

function isHeldBack(key: string, { groupToldAtMs, atMs, settings }: StageContext): boolean {
  const toldAtMs = groupToldAtMs.get(key);
  // A time in the future was noted before the clock went back.
  return toldAtMs !== undefined && toldAtMs <= atMs && atMs - toldAtMs < settings.groupIntervalSeconds * 1000;
}

function toNotification(
  group: Record<string, string>,
  members: readonly Candidate[],
  context: StageContext,
): Notification | undefined {
  const [first, ...rest] = members
    .slice(0, NOTIFICATION_ALERTS_MAX)
    .map((member) => toTransition(member, context));
  const [lead] = members;
  if (first === undefined || lead === undefined) return undefined;
  return {
    id: first.id,
    kind: lead.kind ?? lead.episode.kind,
    group,
    receivers: lead.receivers.map(({ name }) => name),
    transitions: [first, ...rest],
    omitted: members.length - 1 - rest.length,
    episodeIds: members.map(({ episode }) => episode.id),
    plannedAtMs: context.atMs,
  };
}

/** What is told: the transition that happened, with the alert as it is known by now. */
function toTransition({ episode, kind, repeats }: Candidate, context: StageContext): AlertTransition {
  const { opened, closed } = episode;
  if (kind === "resolved" && closed !== undefined) return closed;
  const { findings, traceIds, fingerprint } = currentAlert(episode, context);
  const alert = { ...opened.alert, findings, traceIds };
  if (kind === "explained") return { ...opened, id: deriveId(episode.id, "explained"), alert };
  if (kind !== "repeated") return { ...opened, alert };
  return {
    ...opened,
    id: deriveId(episode.id, "repeated", String(repeats + 1)),
    alert: { ...alert, observed: context.observe(fingerprint) ?? alert.observed },
  };
}
