import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@kontor/kit/errors";
import { nextDelayMs, type RestartPolicy } from "./restart-policy.ts";

export type ProcessState = "waiting" | "starting" | "up" | "restarting" | "gave up" | "stopped";

export type ProcessStatus = {
  name: string;
  state: ProcessState;
  /** Undefined while it is not running. */
  pid: number | undefined;
  port: number;
  restarts: number;
  /** How it ended last, for people: `killed by SIGKILL`, `exit code 1`. */
  reason: string | undefined;
};

/** One run of a program. */
export type Run = {
  readonly pid: number;
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end, and ends it after `graceMs`. */
  stop(graceMs: number): Promise<void>;
};

/** What is to be kept running. */
export type Program = {
  name: string;
  port: number;
  launch(): Promise<Run>;
  /** Whether it does its work; asked until it says yes. */
  isReady(): Promise<boolean>;
};

const readyPollMs = 100;

/** Keeps one program running: starts it again when it ends, more and more slowly, and gives up at the policy's limit. */
export class Supervised {
  readonly #program: Program;
  readonly #policy: RestartPolicy;
  readonly #onChange: (status: ProcessStatus) => void;
  readonly #abort = new AbortController();
  #run: Run | undefined;
  #state: ProcessState = "waiting";
  #reason: string | undefined;
  #restarts = 0;
  #inARow = 0;
  #wasUp = false;
  #kept: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(program: Program, policy: RestartPolicy, onChange: (status: ProcessStatus) => void) {
    this.#program = program;
    this.#policy = policy;
    this.#onChange = onChange;
  }

  get status(): ProcessStatus {
    const { name, port } = this.#program;
    const pid = this.#run?.pid;
    return { name, port, pid, state: this.#state, restarts: this.#restarts, reason: this.#reason };
  }

  /** Begins to keep it running; later ends and starts are told through `onChange`. */
  start(): void {
    this.#kept ??= this.#keep();
  }

  kill(signal: NodeJS.Signals): void {
    this.#run?.kill(signal);
  }

  /** Ends it for good. */
  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#abort.abort();
    await this.#run?.stop(graceMs);
    await this.#kept;
    this.#change("stopped");
  }

  async #keep(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      this.#change("starting");
      const startedAt = performance.now();
      const { reason, isFinal } = await this.#runOnce();
      if (this.#abort.signal.aborted) return;
      if (performance.now() - startedAt >= this.#policy.stableMs) this.#inARow = 0;
      const delayMs = isFinal ? undefined : nextDelayMs(this.#policy, this.#inARow, this.#wasUp);
      this.#change(delayMs === undefined ? "gave up" : "restarting", reason);
      if (delayMs === undefined) return;
      await sleep(delayMs, undefined, { signal: this.#abort.signal }).catch(() => {});
      this.#restarts += 1;
      this.#inARow += 1;
    }
  }

  /** @returns why the run ended, or why there was none; final when trying again cannot help */
  async #runOnce(): Promise<{ reason: string; isFinal: boolean }> {
    let run: Run;
    try {
      run = await this.#program.launch();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { reason, isFinal: !this.#wasUp && error instanceof AppError };
    }
    this.#run = run;
    // A stop that came during the launch had nothing to stop yet.
    if (this.#abort.signal.aborted) void run.stop(0);
    let ended = false;
    const end = run.ended.finally(() => {
      ended = true;
    });
    void this.#awaitReady(() => ended);
    const reason = await end;
    this.#run = undefined;
    return { reason, isFinal: false };
  }

  async #awaitReady(isOver: () => boolean): Promise<void> {
    while (!isOver() && !this.#abort.signal.aborted) {
      if (await this.#program.isReady()) {
        if (isOver() || this.#abort.signal.aborted) return;
        this.#wasUp = true;
        return this.#change("up");
      }
      await sleep(readyPollMs);
    }
  }

  #change(state: ProcessState, reason?: string): void {
    this.#state = state;
    if (reason !== undefined) this.#reason = reason;
    this.#onChange(this.status);
  }
}
