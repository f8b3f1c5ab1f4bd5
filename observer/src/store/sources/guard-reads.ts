import type { SignalName } from "../../signals/catalogue.ts";
import type { Samples } from "../../signals/signal-source.ts";
import { SignalSourceError } from "./signal-source-error.ts";

/** Asks a server once. @throws SignalSourceError */
export type Ask = (
  signal: SignalName,
  windowSeconds: number,
  atMs: number,
  deadline: AbortSignal,
) => Promise<Samples>;

export interface GuardOptions {
  readonly ask: Ask;
  readonly nowMs: () => number;
  /** A read that takes longer is given up. */
  readonly deadlineMs: number;
  /** Between two tries of a read that fails; doubled each time up to the longest. */
  readonly firstRetryMs?: number;
  readonly longestRetryMs?: number;
}

/** One signal over one window, as it fails now. */
export interface FailingRead {
  readonly signal: SignalName;
  readonly windowSeconds: number;
  /** Ms since the epoch of the first of the tries that failed. */
  readonly sinceMs: number;
  readonly error: SignalSourceError;
}

export interface GuardedReads {
  /** @throws SignalSourceError at once while the read fails; it is tried again beside, and answers when that went well */
  read(signal: SignalName, windowSeconds: number, atMs: number): Promise<Samples>;
  /** Reads that fail now. Those that nobody asked for in the last minutes are forgotten. */
  failing(): readonly FailingRead[];
}

interface ReadState {
  readonly signal: SignalName;
  readonly windowSeconds: number;
  askedAtMs: number;
  failure: { sinceMs: number; error: SignalSourceError; retryAtMs: number; retryMs: number } | undefined;
  isRetrying: boolean;
}

const forgottenAfterMs = 300_000;

/**
 * Keeps a server that is away, slow or wrong from holding up ticks: each read has a deadline, and one that failed is answered with its
 * failure at once, while it is tried again in the background after longer and longer pauses.
 */
export function guardReads(options: GuardOptions): GuardedReads {
  const { nowMs, deadlineMs, firstRetryMs = 1_000, longestRetryMs = 15_000 } = options;
  const states = new Map<string, ReadState>();

  const stateOf = (signal: SignalName, windowSeconds: number): ReadState => {
    const key = `${signal}/${windowSeconds}`;
    const known = states.get(key);
    if (known !== undefined) return known;
    const state: ReadState = {
      ...{ signal, windowSeconds, askedAtMs: 0, failure: undefined, isRetrying: false },
    };
    states.set(key, state);
    return state;
  };

  const fail = (state: ReadState, error: SignalSourceError): void => {
    const before = state.failure;
    const retryMs = before === undefined ? firstRetryMs : Math.min(before.retryMs * 2, longestRetryMs);
    const sinceMs = before?.sinceMs ?? nowMs();
    state.failure = { sinceMs, error, retryMs, retryAtMs: nowMs() + retryMs };
  };

  const attempt = async (state: ReadState, atMs: number): Promise<Samples> => {
    try {
      const samples = await askInTime(options.ask, state, atMs, deadlineMs);
      state.failure = undefined;
      return samples;
    } catch (error) {
      const failure = toSourceError(error, deadlineMs);
      fail(state, failure);
      throw failure;
    }
  };

  const retry = (state: ReadState, atMs: number): void => {
    state.isRetrying = true;
    attempt(state, atMs)
      // How it went stands in the state.
      .catch(() => {})
      .finally(() => {
        state.isRetrying = false;
      });
  };

  return {
    async read(signal, windowSeconds, atMs) {
      const state = stateOf(signal, windowSeconds);
      state.askedAtMs = nowMs();
      const { failure } = state;
      if (failure === undefined) return attempt(state, atMs);
      if (!state.isRetrying && nowMs() >= failure.retryAtMs) retry(state, atMs);
      throw failure.error;
    },
    failing() {
      const oldest = nowMs() - forgottenAfterMs;
      for (const [key, { askedAtMs }] of states) if (askedAtMs < oldest) states.delete(key);
      return [...states.values()].flatMap(({ signal, windowSeconds, failure }) =>
        failure === undefined
          ? []
          : [{ signal, windowSeconds, sinceMs: failure.sinceMs, error: failure.error }],
      );
    },
  };
}

async function askInTime(
  ask: Ask,
  { signal, windowSeconds }: ReadState,
  atMs: number,
  deadlineMs: number,
): Promise<Samples> {
  const deadline = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      deadline.abort();
      reject(tooSlow(deadlineMs));
    }, deadlineMs);
  });
  try {
    return await Promise.race([ask(signal, windowSeconds, atMs, deadline.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

function toSourceError(error: unknown, deadlineMs: number): SignalSourceError {
  if (error instanceof SignalSourceError) return error;
  if (error instanceof Error && error.name === "AbortError") return tooSlow(deadlineMs);
  const reason = error instanceof Error ? error.message : String(error);
  return new SignalSourceError("source.broken_answer", `The answer cannot be read: ${reason}.`, {
    cause: error,
  });
}

function tooSlow(deadlineMs: number): SignalSourceError {
  return new SignalSourceError("source.slow", `No answer within ${deadlineMs} ms.`);
}
