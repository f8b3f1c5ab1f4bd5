import { Worker } from "node:worker_threads";
import { StoreError, type StoreErrorCode } from "./store-error.ts";
import type { CallName, FromWorker, StoreCalls, ToWorker, WorkerSettings } from "./store-messages.ts";

export interface StoreClientEvents {
  readonly onStored: (number: number) => void;
  /** The worker failed and begins anew by itself; meanwhile the journal keeps what is accepted. */
  readonly onFailure: (error: StoreError) => void;
}

interface PendingCall {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const respawnMs = 1_000;

/**
 * This side of the store's worker thread: questions and answers, and word of what is stored. A thread that dies is started again; it
 * goes on from what it had committed, and the journal keeps what was accepted meanwhile.
 */
export class StoreClient {
  readonly #settings: WorkerSettings;
  readonly #events: StoreClientEvents;
  readonly #pending = new Map<number, PendingCall>();
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();
  #respawn: NodeJS.Timeout | undefined;
  #nextId = 1;
  #isClosing = false;
  #lastFailure: StoreError | undefined;

  private constructor(settings: WorkerSettings, events: StoreClientEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /**
   * Starts the worker and waits until it has the data folder.
   *
   * @returns the client and the number of the last stored journal entry
   * @throws StoreError what opening the folder threw
   */
  static async start(
    settings: WorkerSettings,
    events: StoreClientEvents,
  ): Promise<{ client: StoreClient; storedNumber: number }> {
    const client = new StoreClient(settings, events);
    try {
      return { client, storedNumber: await client.#spawn() };
    } catch (error) {
      client.#isClosing = true;
      clearTimeout(client.#respawn);
      await client.#ended;
      throw error;
    }
  }

  /** Resolves with the number of the last stored entry when the thread has the data folder. */
  #spawn(): Promise<number> {
    const worker = new Worker(new URL("./store-worker.ts", import.meta.url), {
      workerData: this.#settings,
      name: "store",
      // What it makes is short-lived: more room for it would only fill more memory before it is collected.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      this.#ended = new Promise((ended) => {
        worker.once("exit", (code) => {
          this.#worker = undefined;
          this.#failAll("The store has stopped.");
          reject(new StoreError("store.worker_failed", `The store's thread ended with ${code}.`));
          if (!this.#isClosing)
            this.#respawn = setTimeout(() => this.#spawn().catch(() => undefined), respawnMs);
          ended();
        });
      });
      worker.on("message", (message: FromWorker) => {
        if (message.type === "ready") resolve(message.storedNumber);
        else if (message.type === "failure" && message.id === undefined) reject(toError(message));
        this.#receive(message);
      });
      worker.once("error", (cause) => {
        const error = new StoreError("store.worker_failed", `The store's thread failed: ${String(cause)}`, {
          cause,
        });
        reject(error);
        this.#fail(error);
      });
    });
  }

  /** What it last recovered from, or is recovering from. */
  get lastFailure(): StoreError | undefined {
    return this.#lastFailure;
  }

  call<Name extends CallName>(
    name: Name,
    args: StoreCalls[Name]["args"],
  ): Promise<StoreCalls[Name]["answer"]> {
    if (this.#worker === undefined)
      return Promise.reject(new StoreError("store.closed", "The store has stopped."));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#send({ type: "call", id, name, args });
    });
  }

  /** There are new entries in the journal. */
  wake(): void {
    this.#send({ type: "committed" });
  }

  /** Stores what the journal still has and ends the thread. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#respawn);
    this.#send({ type: "close" });
    await this.#ended;
  }

  #send(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #receive(message: FromWorker): void {
    if (message.type === "stored") this.#events.onStored(message.number);
    else if (message.type === "answer") this.#settle(message.id)?.resolve(message.answer);
    else if (message.type === "failure") {
      if (message.id === undefined) this.#fail(toError(message));
      else this.#settle(message.id)?.reject(toError(message));
    }
  }

  #fail(error: StoreError): void {
    this.#lastFailure = error;
    this.#events.onFailure(error);
  }

  #settle(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    return call;
  }

  #failAll(message: string): void {
    for (const { reject } of this.#pending.values()) reject(new StoreError("store.closed", message));
    this.#pending.clear();
  }
}

function toError({ code, message }: { readonly code: StoreErrorCode; readonly message: string }): StoreError {
  return new StoreError(code, message);
}
