import type { SignalName } from "../../signals/catalogue.ts";
import type { Sample, Samples, SignalSource } from "../../signals/signal-source.ts";
import type { ServerName, ServerSource } from "./server-source.ts";
import { SignalSourceError } from "./signal-source-error.ts";

/** What is read of one server, and what stands in for it. */
export interface SourceStatus {
  readonly name: ServerName;
  readonly url: string;
  /** `answering`; `failing` where some reads fail or are stale; `returning` where it answers again, but not yet for a whole window. */
  readonly state: "answering" | "failing" | "returning";
  /** Since when it is in this state, ms since the epoch. */
  readonly sinceMs: number;
  /** Of one of the reads that fail. */
  readonly reason: string | undefined;
  /** Signals that are not read from it now. */
  readonly signals: readonly SignalName[];
  /** Subjects of the last reads that the server knows nothing of and the stream does. */
  readonly subjectsFromStream: number;
}

export interface SwitchingSource extends SignalSource {
  read(signal: SignalName, windowSeconds: number, atMs: number): Promise<Samples>;
  statuses(): readonly SourceStatus[];
}

export interface SwitchingOptions {
  /** Rules are evaluated on it. */
  readonly server: ServerSource;
  /** Takes the windows that are longer than an hour, where there is one. */
  readonly longServer?: ServerSource | undefined;
  /** Always fed with everything, so that it can stand in at any time. */
  readonly stream: { read(signal: SignalName, windowSeconds: number, atMs: number): Samples };
  /** From when on the stream has everything, ms since the epoch. */
  readonly streamSinceMs: number;
  readonly nowMs: () => number;
  readonly logger: {
    warn(about: object, message: string): void;
    info(about: object, message: string): void;
  };
}

/** What the stream has and a server has not had for so long is stale, ms. */
const staleAfterMs = 10_000;
const forgottenAfterMs = 60_000;
const longWindowSeconds = 3_600;

/** How one read goes. */
interface ReadState {
  readonly signal: SignalName;
  askedAtMs: number;
  /** Since when the stream answers; undefined while the server does. */
  standInSinceMs: number | undefined;
  /** Since when the server has answered well; undefined while it does not. */
  answeringSinceMs: number | undefined;
  reason: string | undefined;
  /** Subjects that the server has known. */
  readonly known: Set<string>;
  /** The newest point of them that the stream showed first, and since when the server lacks it. */
  awaited: { readonly newestAtMs: number; readonly sinceMs: number } | undefined;
  subjectsFromStream: number;
}

/**
 * Reads from a server, and from the stream while the server fails to answer, is stale, or has not answered for a whole window again:
 * each answer is of one source alone. What the server knows nothing of, such as what the observer measures itself, is of the stream.
 */
export function createSwitchingSource(options: SwitchingOptions): SwitchingSource {
  const servers = [options.server, ...(options.longServer === undefined ? [] : [options.longServer])];
  const switches = new Map(servers.map((server) => [server, new ServerSwitch(server, options)]));
  const choose = (windowSeconds: number): ServerSource =>
    windowSeconds > longWindowSeconds ? (options.longServer ?? options.server) : options.server;
  return {
    name: options.server.name,
    async read(signal, windowSeconds, atMs) {
      const chosen = switches.get(choose(windowSeconds));
      if (chosen === undefined) throw new Error("no server is chosen");
      return chosen.read(signal, windowSeconds, atMs);
    },
    statuses: () => [...switches.values()].map((one) => one.status()),
  };
}

/** One server with the stream behind it. */
class ServerSwitch {
  readonly #server: ServerSource;
  readonly #options: SwitchingOptions;
  readonly #reads = new Map<string, ReadState>();
  #state: SourceStatus["state"] = "answering";
  #sinceMs: number;

  constructor(server: ServerSource, options: SwitchingOptions) {
    this.#server = server;
    this.#options = options;
    this.#sinceMs = options.nowMs();
  }

  async read(signal: SignalName, windowSeconds: number, atMs: number): Promise<Samples> {
    const { stream, nowMs } = this.#options;
    const state = this.#read(signal, windowSeconds);
    state.askedAtMs = nowMs();
    const behind = stream.read(signal, windowSeconds, atMs);
    try {
      const samples = await this.#server.read(signal, windowSeconds, atMs);
      this.#refuseStale(state, samples, behind);
      state.answeringSinceMs ??= nowMs();
      state.reason = undefined;
      if (this.#isWhole(state, windowSeconds)) {
        state.standInSinceMs = undefined;
        return this.#completed(state, samples, behind);
      }
    } catch (error) {
      state.answeringSinceMs = undefined;
      state.reason = error instanceof Error ? error.message : String(error);
      // A stream that was not there for the whole window must not look as if it had been.
      if (atMs - windowSeconds * 1000 < this.#options.streamSinceMs) throw error;
      state.standInSinceMs ??= nowMs();
    } finally {
      this.#note();
    }
    return fromStream(behind);
  }

  status(): SourceStatus {
    const reads = this.#asked();
    const troubled = reads.filter(isTroubled);
    const { name, url } = this.#server;
    return {
      ...{ name, url, state: this.#state, sinceMs: this.#sinceMs },
      reason: troubled.find(({ reason }) => reason !== undefined)?.reason,
      signals: [...new Set(troubled.map(({ signal }) => signal))],
      subjectsFromStream: reads.reduce((sum, one) => sum + one.subjectsFromStream, 0),
    };
  }

  /** Reads that some rule needs: a changed configuration may have done away with others. */
  #asked(): ReadState[] {
    const oldest = this.#options.nowMs() - forgottenAfterMs;
    for (const [key, { askedAtMs }] of this.#reads) if (askedAtMs < oldest) this.#reads.delete(key);
    return [...this.#reads.values()];
  }

  #read(signal: SignalName, windowSeconds: number): ReadState {
    const key = `${signal}/${windowSeconds}`;
    const known = this.#reads.get(key);
    if (known !== undefined) return known;
    const state: ReadState = {
      ...{ signal, askedAtMs: 0, standInSinceMs: undefined, answeringSinceMs: undefined, reason: undefined },
      ...{ known: new Set(), awaited: undefined, subjectsFromStream: 0 },
    };
    this.#reads.set(key, state);
    return state;
  }

  /** A server that lost a part of the window, because it was away or the collector could not reach it, has to fill it first. */
  #isWhole({ standInSinceMs, answeringSinceMs }: ReadState, windowSeconds: number): boolean {
    if (standInSinceMs === undefined || answeringSinceMs === undefined) return true;
    return this.#options.nowMs() - answeringSinceMs >= windowSeconds * 1000;
  }

  /** @throws SignalSourceError where the server has lacked for long what the stream has of the same subjects */
  #refuseStale(state: ReadState, samples: Samples, behind: Samples): void {
    let has = 0;
    for (const [key, { newestAtMs }] of samples) {
      state.known.add(key);
      has = Math.max(has, newestAtMs);
    }
    let streamHas = 0;
    for (const key of state.known) {
      const sample = behind.get(key);
      if (sample !== undefined) streamHas = Math.max(streamHas, sample.newestAtMs);
      else if (!samples.has(key)) state.known.delete(key);
    }
    const nowMs = this.#options.nowMs();
    const isThere = streamHas === 0 || has >= (state.awaited?.newestAtMs ?? 0);
    if (isThere) state.awaited = undefined;
    if (state.awaited === undefined && streamHas > has)
      state.awaited = { newestAtMs: streamHas, sinceMs: nowMs };
    if (state.awaited === undefined || nowMs - state.awaited.sinceMs < staleAfterMs) return;
    const { name, url } = this.#server;
    const since = new Date(state.awaited.sinceMs).toISOString();
    const message = `${name} at ${url} answers, but has had nothing new of ${state.signal} since ${since}. Look whether the collector can write to it.`;
    throw new SignalSourceError("source.stale", message);
  }

  /** With the subjects that only the stream knows. */
  #completed(state: ReadState, samples: Samples, behind: Samples): Samples {
    state.subjectsFromStream = 0;
    let all: Map<string, Sample> | undefined;
    for (const [key, sample] of behind) {
      if (samples.has(key)) continue;
      all ??= new Map(samples);
      all.set(key, { ...sample, source: "stream" });
      state.subjectsFromStream += 1;
    }
    return all ?? samples;
  }

  /** Tells changes of the whole server once, whatever the number of reads. */
  #note(): void {
    const troubled = this.#asked().filter(isTroubled);
    const failing = troubled.find(({ reason }) => reason !== undefined);
    const state = failing !== undefined ? "failing" : troubled.length > 0 ? "returning" : "answering";
    if (state === this.#state) return;
    const { nowMs, logger } = this.#options;
    const before = { state: this.#state, forMs: nowMs() - this.#sinceMs };
    this.#state = state;
    this.#sinceMs = nowMs();
    const { name, url } = this.#server;
    const about = { source: name, url, before };
    if (state === "failing")
      logger.warn(
        { ...about, reason: failing?.reason },
        `${name} cannot be read; rules are evaluated on stream meanwhile`,
      );
    else if (state === "returning")
      logger.info(about, `${name} answers again; it is read when it has filled a window`);
    else logger.info(about, `rules are evaluated on ${name} again`);
  }
}

function isTroubled({ standInSinceMs, reason }: ReadState): boolean {
  return standInSinceMs !== undefined || reason !== undefined;
}

function fromStream(samples: Samples): Samples {
  return new Map([...samples].map(([key, sample]) => [key, { ...sample, source: "stream" }]));
}
