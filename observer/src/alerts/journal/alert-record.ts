import type { Alert, AlertTransition } from "../alert.ts";
import type { Delivery, EpisodeKind, Notification } from "../delivery/notification.ts";
import type { Silence } from "../silence.ts";

/** Who changed what by hand. */
export interface AuditEntry {
  readonly id: string;
  readonly atMs: number;
  readonly actor: string;
  /** Dotted, past participle: `silences.created`. */
  readonly action: string;
  /** Id of what was changed. */
  readonly target: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What a receiver has been told of an episode. */
export interface Told {
  /** When the last message about the episode was planned, in ms. */
  readonly lastAtMs: number;
  readonly repeats: number;
  readonly isExplained: boolean;
  readonly isResolved: boolean;
}

/** From the transition that is worth telling to the one that ends it. */
export interface Episode {
  /** The id of the transition that opened it. */
  readonly id: string;
  readonly kind: EpisodeKind;
  readonly opened: AlertTransition;
  readonly closed: AlertTransition | undefined;
  /** By name of the receiver. */
  readonly told: Readonly<Record<string, Told>>;
}

/**
 * What happened, as the journal keeps it and PostgreSQL is told in the same order. Every record may be applied twice without
 * another effect.
 */
export type AlertRecord =
  | { readonly kind: "transition"; readonly transition: AlertTransition }
  /** An alert between transitions: findings were attached. */
  | { readonly kind: "alert"; readonly alert: Alert }
  /** A message was planned. */
  | { readonly kind: "notification"; readonly notification: Notification }
  /** A receiver took a message, or it was given up. */
  | {
      readonly kind: "delivery";
      readonly notificationId: string;
      readonly receiver: string;
      readonly outcome: "sent" | "failed";
      readonly atMs: number;
      readonly attempts: number;
      readonly error?: string | undefined;
    }
  | { readonly kind: "silence"; readonly silence: Silence }
  | { readonly kind: "audit"; readonly entry: AuditEntry }
  /** These two are only written when the journal is made shorter; PostgreSQL knows them from the records they stand for. */
  | { readonly kind: "episode"; readonly episode: Episode }
  | { readonly kind: "pending"; readonly delivery: Delivery };
