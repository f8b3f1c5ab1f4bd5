import { type Alert, isFiring } from "../alert.ts";
import { alertLabels } from "../alert-labels.ts";
import { compileInhibition } from "../inhibition.ts";
import type { Episode, Told } from "../journal/alert-record.ts";
import { compileSilences } from "../silence.ts";
import type { NotificationKind } from "./notification.ts";
import type { Candidate, ReceiverRoute, Stage, StageContext, Suppression } from "./stage.ts";

/** The alert of an episode as it is now, or as it was when the episode ended. */
export function currentAlert(episode: Episode, context: Pick<StageContext, "book">): Alert {
  const { opened, closed } = episode;
  return closed?.alert ?? context.book.alerts.get(opened.alert.fingerprint) ?? opened.alert;
}

/** Drops open episodes that a silence covers. The end of what was told of is always told. */
export const withoutSilenced: Stage = (candidates, context) => {
  const silencedBy = compileSilences(context.book.silences.values(), context.atMs);
  return candidates.filter(({ episode }) => {
    if (episode.closed !== undefined) return true;
    const ids = silencedBy(alertLabels(currentAlert(episode, context)));
    if (ids.length > 0) suppress(episode, { silencedBy: ids, inhibitedBy: [] }, context);
    return ids.length === 0;
  });
};

/** Drops open episodes of services that suffer because another one is down. */
export const withoutInhibited: Stage = (candidates, context) => {
  const inhibitedBy = compileInhibition(openAlerts(context), context.settings.dependsOn);
  return candidates.filter(({ episode }) => {
    if (episode.closed !== undefined) return true;
    const fingerprints = inhibitedBy(currentAlert(episode, context));
    if (fingerprints.length > 0) suppress(episode, { silencedBy: [], inhibitedBy: fingerprints }, context);
    return fingerprints.length === 0;
  });
};

function suppress(episode: Episode, suppression: Suppression, context: StageContext): void {
  context.suppressed.set(episode.id, suppression);
  context.ready.delete(episode.id);
}

function* openAlerts({ book }: StageContext): Generator<Alert> {
  for (const fingerprint of book.openEpisodes.keys()) {
    const alert = book.alerts.get(fingerprint);
    if (alert !== undefined) yield alert;
  }
}

/** Finds the receivers of each by severity; drops what nobody is to hear of. */
export const routed: Stage = (candidates, context) => {
  const { settings } = context;
  return candidates.flatMap((candidate) => {
    const { episode } = candidate;
    const { severity } = currentAlert(episode, context);
    const receivers = settings.receivers.filter(
      ({ name, severities }) => severities.includes(severity) || episode.told[name] !== undefined,
    );
    if (receivers.length === 0) return [];
    if (episode.closed === undefined) context.ready.add(episode.id);
    return [{ ...candidate, receivers }];
  });
};

/** Leaves each receiver what it has not been told yet, and says what that is. */
export const withoutTold: Stage = (candidates, context) =>
  candidates.flatMap((candidate) => {
    const byNews = new Map<string, Candidate>();
    for (const receiver of candidate.receivers) {
      const told = candidate.episode.told[receiver.name];
      const kind = findNews(candidate.episode, receiver, told, context);
      if (kind === undefined) continue;
      const repeats = kind === "repeated" ? (told?.repeats ?? 0) : 0;
      const key = `${kind}|${repeats}`;
      const receivers = [...(byNews.get(key)?.receivers ?? []), receiver];
      byNews.set(key, { ...candidate, kind, repeats, receivers });
    }
    return [...byNews.values()];
  });

function findNews(
  episode: Episode,
  receiver: ReceiverRoute,
  told: Told | undefined,
  context: StageContext,
): NotificationKind | undefined {
  if (told === undefined) {
    return episode.closed === undefined || context.ready.has(episode.id) ? episode.kind : undefined;
  }
  if (episode.closed !== undefined) return told.isResolved ? undefined : "resolved";
  if (episode.kind !== "firing") return undefined;
  const elapsedMs = context.atMs - told.lastAtMs;
  if (elapsedMs >= receiver.repeatIntervalSeconds * 1000) return "repeated";
  const alert = currentAlert(episode, context);
  const isNewlyExplained =
    !told.isExplained && told.repeats === 0 && alert.findings.length > 0 && isFiring(alert.state);
  return isNewlyExplained && elapsedMs <= context.settings.explainWithinSeconds * 1000
    ? "explained"
    : undefined;
}
