import type { Configuration } from "../../config/configuration.ts";
import type { Severity } from "../alert.ts";
import type { Dependencies } from "../inhibition.ts";
import type { AlertBook } from "../journal/alert-book.ts";
import type { Episode } from "../journal/alert-record.ts";
import type { NotificationKind } from "./notification.ts";

/** Who is told of what, and how soon again. */
export interface ReceiverRoute {
  readonly name: string;
  readonly severities: readonly Severity[];
  readonly repeatIntervalSeconds: number;
}

export interface DeliverySettings {
  readonly receivers: readonly ReceiverRoute[];
  readonly dependsOn: Dependencies;
  /** After a message about a group, further alerts of it are gathered for so long. */
  readonly groupIntervalSeconds: number;
  /** How long after a message a first finding is worth another one. */
  readonly explainWithinSeconds: number;
}

/** What `observer_config.json` says about delivery. A heartbeat hears of no alert. */
export function toDeliverySettings(configuration: Configuration): DeliverySettings {
  const { groupIntervalSeconds, explainWithinSeconds } = configuration.alerts;
  return {
    receivers: configuration.receivers.filter(({ type }) => type !== "heartbeat"),
    dependsOn: new Map([...configuration.services.values()].map(({ name, dependsOn }) => [name, dependsOn])),
    groupIntervalSeconds,
    explainWithinSeconds,
  };
}

/** An episode on its way down the chain, with the receivers that are left for it. */
export interface Candidate {
  readonly episode: Episode;
  readonly receivers: readonly ReceiverRoute[];
  /** What there is to tell; decided by the stage that knows what was told before. */
  readonly kind: NotificationKind | undefined;
  /** Count of reminders sent before this one; 0 for every other kind. */
  readonly repeats: number;
}

/** Why an episode is not told of. */
export interface Suppression {
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

export interface StageContext {
  readonly atMs: number;
  readonly book: AlertBook;
  readonly settings: DeliverySettings;
  /** The value of the last tick; the book knows the one of the last transition. */
  readonly observe: (fingerprint: string) => number | undefined;
  /** Episodes that were once ready to be told of: they are, even when they end before. */
  readonly ready: Set<string>;
  /** When a group was last told of, by its key. */
  readonly groupToldAtMs: Map<string, number>;
  /** Filled by the stages. */
  readonly suppressed: Map<string, Suppression>;
}

/** One step of the way from what is so to whom to tell. */
export type Stage = (candidates: readonly Candidate[], context: StageContext) => readonly Candidate[];
