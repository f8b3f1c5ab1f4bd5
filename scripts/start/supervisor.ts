import { AppError } from "@kontor/kit/errors";
import type { RestartPolicy } from "./restart-policy.ts";
import { type ProcessStatus, type Program, Supervised } from "./supervised.ts";

export type SupervisorOptions = {
  /** Each is started once those before it that it names are up. */
  programs: readonly (Program & { after?: readonly string[] })[];
  /** Groups of names that are stopped together, one group after the other. Every program is in one. */
  stopOrder: readonly (readonly string[])[];
  policy: RestartPolicy;
  /** How long one may take to stop before it is killed. */
  graceMs: number;
  onChange(status: ProcessStatus): void;
};

/** Programs that are kept running until disposal, which stops them in order. */
export type Supervisor = AsyncDisposable & {
  statuses(): ProcessStatus[];
  /** @throws Error for a name that is not among the programs */
  kill(name: string, signal: NodeJS.Signals): void;
  /**
   * Waits until all, or those named, are up.
   *
   * @param names all when left out
   * @throws AppError `start.process` when one gave up, or is not up within the deadline
   */
  awaitUp(deadlineMs: number, names?: readonly string[]): Promise<void>;
  /** Ends everything at once, without giving anybody time to stop. */
  hurry(): void;
};

/** Starts the programs as far as they do not wait for each other; returns before they are up. */
export function openSupervisor(options: SupervisorOptions): Supervisor {
  const waiters = new Set<() => void>();
  const supervised = new Map<string, Supervised>();
  const onChange = (status: ProcessStatus): void => {
    options.onChange(status);
    startWhoMay();
    for (const waiter of waiters) waiter();
  };
  for (const program of options.programs) {
    supervised.set(program.name, new Supervised(program, options.policy, onChange));
  }
  let isStopping = false;
  const isUp = (name: string): boolean => supervised.get(name)?.status.state === "up";
  const startWhoMay = (): void => {
    if (isStopping) return;
    for (const { name, after = [] } of options.programs) {
      if (supervised.get(name)?.status.state === "waiting" && after.every(isUp))
        supervised.get(name)?.start();
    }
  };
  const statuses = (): ProcessStatus[] => [...supervised.values()].map(({ status }) => status);
  const stopAll = async (): Promise<void> => {
    isStopping = true;
    for (const group of options.stopOrder) {
      await Promise.all(group.map((name) => supervised.get(name)?.stop(options.graceMs)));
    }
  };
  let stopped: Promise<void> | undefined;
  startWhoMay();
  return {
    statuses,
    kill(name, signal) {
      const one = supervised.get(name);
      if (one === undefined) throw new Error(`no program is called ${name}`);
      one.kill(signal);
    },
    awaitUp: (deadlineMs, names = [...supervised.keys()]) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(tooLate(watched(), deadlineMs)), deadlineMs);
        const watched = (): ProcessStatus[] => statuses().filter(({ name }) => names.includes(name));
        const settle = (error?: AppError): void => {
          clearTimeout(timer);
          waiters.delete(look);
          if (error === undefined) resolve();
          else reject(error);
        };
        const look = (): void => {
          const failed = watched().find(({ state }) => state === "gave up");
          const stopped = watched().find(({ state }) => state === "stopped");
          if (failed !== undefined) settle(gaveUp(failed));
          else if (stopped !== undefined) settle(wasStopped(stopped));
          else if (watched().every(({ state }) => state === "up")) settle();
        };
        waiters.add(look);
        look();
      }),
    hurry() {
      for (const one of supervised.values()) {
        void one.stop(0).catch(() => {});
        // PostgreSQL's immediate stop: it repeats its log at the next start.
        one.kill(one.status.name === "postgres" ? "SIGQUIT" : "SIGKILL");
      }
    },
    [Symbol.asyncDispose]: () => (stopped ??= stopAll()),
  };
}

function gaveUp({ name, reason, restarts }: ProcessStatus): AppError {
  const message = `${name} could not be started (${restarts + 1} tries, last: ${reason ?? "no reason known"}).`;
  return new AppError("unavailable", "start.process", message, { details: { name } });
}

function wasStopped({ name }: ProcessStatus): AppError {
  return new AppError("unavailable", "start.process", `${name} was stopped.`);
}

function tooLate(watched: ProcessStatus[], deadlineMs: number): AppError {
  const missing = watched.filter(({ state }) => state !== "up");
  const list = missing.map(({ name, state }) => `${name} (${state})`).join(", ");
  const message = `Not up within ${deadlineMs / 1000} s: ${list}.`;
  return new AppError("unavailable", "start.process", message, { details: { name: missing[0]?.name } });
}
