import type { AttributePolicy } from "./attribute-policy.ts";
import type { RefusalReason } from "./refusal.ts";
import type { SenderRegistry } from "./sender-registry.ts";
import type { StringCache } from "./string-cache.ts";

/** What all decoders of one receiver share. */
export interface DecodeContext {
  readonly strings: StringCache;
  readonly policy: AttributePolicy;
  readonly senders: SenderRegistry;
  /** Arrays and maps inside one another, at most; deeper items are refused. */
  readonly maxDepth: number;
  /** Items with a time later than this many ms after their arrival are refused. */
  readonly maxFutureMs: number;
}

/** One request while it is being read: when it came and what of it was refused. */
export class DecodeRun {
  readonly context: DecodeContext;
  readonly receivedAtMs: number;
  readonly refusals = new Map<RefusalReason, number>();
  readonly #latestUnixNano: bigint;
  /** Set by a decoder that met an attribute it will not follow; the item it belongs to is refused, its neighbours are not. */
  isTooDeep = false;

  constructor(context: DecodeContext, receivedAtMs: number) {
    this.context = context;
    this.receivedAtMs = receivedAtMs;
    this.#latestUnixNano = BigInt(Math.floor(receivedAtMs + context.maxFutureMs)) * 1_000_000n;
  }

  refuse(reason: RefusalReason, count = 1): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + count);
  }

  /** Why a time cannot be taken, or undefined. 0 is OTLP's "not set"; negative times come as very late ones. */
  timeProblem(unixNano: bigint): RefusalReason | undefined {
    if (unixNano <= 0n) return "no_time";
    return unixNano > this.#latestUnixNano ? "time_in_future" : undefined;
  }
}
