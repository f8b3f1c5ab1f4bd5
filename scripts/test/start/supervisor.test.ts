import { fileURLToPath } from "node:url";
import { AppError } from "@kontor/kit/errors";
import { describe, expect, it } from "vitest";
import { findFreePorts } from "../../start/ports.ts";
import { defaultRestartPolicy } from "../../start/restart-policy.ts";
import { runProcess } from "../../start/run-process.ts";
import type { ProcessStatus, Program } from "../../start/supervised.ts";
import { openSupervisor, type Supervisor } from "../../start/supervisor.ts";
import { isRunning, readProcessStart } from "../../starter/process-identity.mjs";
import { eventually } from "./eventually.ts";

const script = fileURLToPath(new URL("small-program.ts", import.meta.url));
const policy = { ...defaultRestartPolicy, firstDelayMs: 10, maxDelayMs: 40, limit: 3, startLimit: 1 };

type Small = Program & { after?: string[] };

function small(name: string, port: number, habit = "", more: Partial<Small> = {}): Small {
  return {
    name,
    port,
    launch: () =>
      runProcess({
        args: [script],
        cwd: ".",
        environment: { PORT: String(port), HABIT: habit },
        write: () => {},
      }),
    isReady: async () => (await fetch(`http://127.0.0.1:${port}`).catch(() => undefined))?.ok === true,
    ...more,
  };
}

function open(programs: Small[], graceMs = 2_000): Supervisor & { changes: ProcessStatus[] } {
  const changes: ProcessStatus[] = [];
  const supervisor = openSupervisor({
    programs,
    stopOrder: [["b"], ["a"]],
    policy,
    graceMs,
    onChange: (status) => changes.push(status),
  });
  return Object.assign(supervisor, { changes });
}

function statusOf(supervisor: Supervisor, name: string): ProcessStatus {
  const status = supervisor.statuses().find((each) => each.name === name);
  if (status === undefined) throw new Error(`no ${name}`);
  return status;
}

describe("a supervisor", () => {
  it("starts a program only once those it comes after are up, and stops in the given order", async () => {
    const ports = await findFreePorts();
    const supervisor = open([small("b", ports.auth, "", { after: ["a"] }), small("a", ports.gateway)]);
    await supervisor.awaitUp(10_000);
    await supervisor[Symbol.asyncDispose]();
    const order = supervisor.changes.map(({ name, state }) => `${name} ${state}`);
    expect(order).toEqual(["a starting", "a up", "b starting", "b up", "b stopped", "a stopped"]);
  });

  // Red when: `#keep` of Supervised leaves its loop after the first run.
  it("starts a killed program again and counts it", async () => {
    const ports = await findFreePorts();
    await using supervisor = open([small("a", ports.gateway)]);
    await supervisor.awaitUp(10_000);
    const first = statusOf(supervisor, "a").pid;
    supervisor.kill("a", "SIGKILL");
    await eventually(() => statusOf(supervisor, "a").restarts === 1);
    await supervisor.awaitUp(10_000);
    expect(statusOf(supervisor, "a")).toMatchObject({
      state: "up",
      restarts: 1,
      reason: "killed by SIGKILL",
    });
    expect(statusOf(supervisor, "a").pid).not.toBe(first);
  });

  it("gives up at the limit, says so, and leaves the others running", async () => {
    const ports = await findFreePorts();
    let habit = "";
    const falling: Small = {
      ...small("a", ports.gateway),
      launch: () => small("a", ports.gateway, habit).launch(),
    };
    await using supervisor = open([falling, small("b", ports.auth)]);
    await supervisor.awaitUp(10_000);
    habit = "fails at once";
    supervisor.kill("a", "SIGKILL");
    const gaveUp = await eventually(() => supervisor.changes.find(({ state }) => state === "gave up"));
    expect(gaveUp).toMatchObject({ name: "a", restarts: policy.limit, reason: "exit code 7" });
    expect(statusOf(supervisor, "b").state).toBe("up");
  });

  it("tells early when a program never comes up", async () => {
    const ports = await findFreePorts();
    await using supervisor = open([small("a", ports.gateway, "fails at once")]);
    const error = await supervisor.awaitUp(10_000).catch((reason) => reason);
    expect(error).toMatchObject({
      code: "start.process",
      message: expect.stringContaining("a could not be started (2 tries"),
    });
  });

  it("does not try again what was refused for a reason that stays", async () => {
    const ports = await findFreePorts();
    let launches = 0;
    const refused: Small = {
      ...small("a", ports.gateway),
      async launch() {
        launches += 1;
        throw new AppError("conflict", "postgres.data_version", "written by another version");
      },
    };
    await using supervisor = open([refused]);
    await expect(supervisor.awaitUp(10_000)).rejects.toThrow("written by another version");
    expect(launches).toBe(1);
  });

  // Red when: the timer in `stop` of runProcess is left out.
  it("kills a program that does not stop when asked", async () => {
    const ports = await findFreePorts();
    const supervisor = open([small("a", ports.gateway, "ignores SIGTERM")], 100);
    await supervisor.awaitUp(10_000);
    const pid = statusOf(supervisor, "a").pid ?? 0;
    const identity = { pid, startedAt: readProcessStart(pid) ?? "" };
    await supervisor[Symbol.asyncDispose]();
    expect(isRunning(identity)).toBe(false);
  });

  // Red when: the line with `killGroup` of runProcess is left out.
  it("ends what a killed program has started itself, so that the next one gets its port", async () => {
    const ports = await findFreePorts();
    const supervisor = open([small("a", ports.gateway, "leaves a child")]);
    await supervisor.awaitUp(10_000);
    supervisor.kill("a", "SIGKILL");
    await eventually(() => statusOf(supervisor, "a").restarts === 1);
    await supervisor.awaitUp(10_000);
    await supervisor[Symbol.asyncDispose]();
    await expect(fetch(`http://127.0.0.1:${ports.gateway}`)).rejects.toThrow();
  });

  it("ends everything at once when hurried, also what was being given time", async () => {
    const ports = await findFreePorts();
    const supervisor = open(
      [small("a", ports.gateway, "ignores SIGTERM"), small("b", ports.auth, "ignores SIGTERM")],
      60_000,
    );
    await supervisor.awaitUp(10_000);
    const stopped = supervisor[Symbol.asyncDispose]();
    supervisor.hurry();
    await stopped;
    expect(supervisor.statuses().map(({ state }) => state)).toEqual(["stopped", "stopped"]);
  });
});
