import type { RefusalReason } from "./refusal.ts";

/** What one request carries, as OTLP's three paths have it. */
export type ItemKind = "spans" | "points" | "logs";

/** What was changed on the way in rather than refused. */
export type AlterationReason = "attributes_dropped" | "texts_cut" | "series_overflowed";

/** Why whole requests were turned away; their items are not known. */
export type RejectionReason =
  | "malformed"
  | "too_large"
  | "unsupported_media_type"
  | "unsupported_encoding"
  | "method_not_allowed"
  | "unknown_path"
  | "unauthenticated"
  | "aborted"
  | "overloaded"
  | "store_unavailable"
  | "internal";

export interface IngestSnapshot {
  readonly accepted: Readonly<Record<ItemKind, number>>;
  readonly refused: readonly {
    readonly kind: ItemKind;
    readonly reason: RefusalReason;
    readonly count: number;
  }[];
  readonly altered: Readonly<Record<AlterationReason, number>>;
  readonly requests: { readonly accepted: number; readonly rejected: Readonly<Record<string, number>> };
  /** Of request bodies, after and before decompression. */
  readonly bytes: { readonly decoded: number; readonly received: number };
}

/** Counts since the start of everything that was taken, changed and refused, and why. Never reset. */
export class IngestCounters {
  readonly #accepted: Record<ItemKind, number> = { spans: 0, points: 0, logs: 0 };
  readonly #refused = new Map<string, { kind: ItemKind; reason: RefusalReason; count: number }>();
  readonly #altered: Record<AlterationReason, number> = {
    attributes_dropped: 0,
    texts_cut: 0,
    series_overflowed: 0,
  };
  readonly #rejected: Partial<Record<RejectionReason, number>> = {};
  readonly #bytes = { decoded: 0, received: 0 };
  #requests = 0;

  accept(kind: ItemKind, count: number): void {
    this.#accepted[kind] += count;
  }

  refuse(kind: ItemKind, refusals: ReadonlyMap<RefusalReason, number>): void {
    for (const [reason, count] of refusals) {
      const entry = this.#refused.get(`${kind}.${reason}`);
      if (entry === undefined) this.#refused.set(`${kind}.${reason}`, { kind, reason, count });
      else entry.count += count;
    }
  }

  alter(reason: AlterationReason): void {
    this.#altered[reason]++;
  }

  acceptRequest(receivedBytes: number, decodedBytes: number): void {
    this.#requests++;
    this.#bytes.received += receivedBytes;
    this.#bytes.decoded += decodedBytes;
  }

  reject(reason: RejectionReason): void {
    this.#rejected[reason] = (this.#rejected[reason] ?? 0) + 1;
  }

  snapshot(): IngestSnapshot {
    return {
      accepted: { ...this.#accepted },
      refused: [...this.#refused.values()].map((entry) => ({ ...entry })),
      altered: { ...this.#altered },
      requests: { accepted: this.#requests, rejected: { ...this.#rejected } },
      bytes: { ...this.#bytes },
    };
  }
}
