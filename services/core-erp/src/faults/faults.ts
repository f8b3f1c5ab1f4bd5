import { createFaultSwitches, type Fault, type FaultSwitches } from "@kontor/kit/fault-switches";
import { allowedCores } from "@kontor/kit/health";
import type { Logger } from "@kontor/kit/logger";
import type { Database } from "@kontor/kit/postgres";
import { createBlockingSeal } from "./blocking-seal.ts";
import { createCpuBurn } from "./cpu-burn.ts";
import { createForgottenConnections } from "./forgotten-connections.ts";
import { createLeakyCache } from "./leaky-cache.ts";
import { createStocktaking } from "./stocktaking.ts";

export type FaultName =
  | "n-plus-one"
  | "slow-sql"
  | "errors"
  | "event-loop-block"
  | "cpu-burn"
  | "memory-leak"
  | "pool-exhaustion"
  | "lock-wait";

/** The faults as the code that commits them sees them. All are off unless somebody switches them on. */
export type Faults = Disposable & {
  readonly switches: FaultSwitches;
  isOn(name: FaultName): boolean;
  /** Computes for a third of a second while event-loop-block is on. */
  sealIfBlocking(answer: unknown): void;
  /** Keeps the answer for ever while memory-leak is on; returns it. */
  keepIfLeaking<T>(answer: T): T;
  /** Forgets a connection while pool-exhaustion is on. */
  forgetConnectionIfExhausting(): void;
};

/** @param options.enabled from FAULTS_ENABLED; without it nothing can be switched on */
export function createFaults(db: Database, logger: Logger, options: { enabled: boolean }): Faults {
  const seal = createBlockingSeal();
  const cpuBurn = createCpuBurn(allowedCores());
  const connections = createForgottenConnections(db);
  const leak = createLeakyCache();
  const stocktaking = createStocktaking(db, (error) => logger.warn({ err: error }, "stocktaking ended"));
  const switches = createFaultSwitches(
    [
      describe(
        "n-plus-one",
        "GET /api/orders loads customer, lines and items of a page one by one: about six statements per order.",
      ),
      describe(
        "slow-sql",
        "GET /api/customers?search= compares ids as text and words as patterns over all orders: no index helps.",
      ),
      describe(
        "errors",
        "GET /api/orders/{id} and POST /api/orders fail for order ids that end in a letter: 500, about 3 of 8.",
      ),
      describe(
        "event-loop-block",
        "GET /api/items derives a key synchronously, a third of a second each time; all other requests of the process wait.",
        seal.start,
      ),
      describe(
        "cpu-burn",
        "Threads in the background use more than 70 % of the allowed cores.",
        cpuBurn.start,
        cpuBurn.stop,
      ),
      describe(
        "memory-leak",
        "GET /api/orders and GET /api/orders/{id} keep every answer in a cache without bound (to about 512 MB).",
        undefined,
        leak.clear,
      ),
      describe(
        "pool-exhaustion",
        "Each GET /api/stock takes a connection and gives it back only after 20 s; soon everybody waits for one.",
        undefined,
        connections.giveBack,
      ),
      describe(
        "lock-wait",
        "A stocktaking job locks every balance for almost a second, again and again; orders wait for it.",
        stocktaking.start,
        stocktaking.stop,
      ),
    ],
    options,
  );
  return {
    switches,
    isOn: (name) => switches.isOn(name),
    sealIfBlocking(answer) {
      if (switches.isOn("event-loop-block")) seal.seal(answer);
    },
    keepIfLeaking(answer) {
      if (switches.isOn("memory-leak")) leak.keep(answer);
      return answer;
    },
    forgetConnectionIfExhausting() {
      if (switches.isOn("pool-exhaustion")) connections.take();
    },
    [Symbol.dispose]() {
      cpuBurn.stop();
      connections.giveBack();
      stocktaking.stop();
    },
  };
}

function describe(name: FaultName, description: string, start?: () => void, stop?: () => void): Fault {
  return { name, description, switched: (on) => (on ? start?.() : stop?.()) };
}
