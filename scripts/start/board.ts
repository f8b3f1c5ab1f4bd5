import type { ProcessStatus } from "./supervised.ts";

export type Screen = { readonly isTTY?: boolean; write(text: string): unknown };

/** Shows what the processes do: one line each, rewritten in place on a terminal, one line per change elsewhere. */
export type Board = {
  update(status: ProcessStatus): void;
  /** Words that stay; on a terminal the lines of the processes so far stay above them, and changes follow below. */
  say(text: string): void;
};

export function createBoard(screen: Screen, names: readonly string[]): Board {
  const statuses = new Map<string, ProcessStatus>();
  let drawn = 0;
  let isLive = screen.isTTY === true;
  const draw = (): void => {
    const lines = names.map((name) => toLine(statuses.get(name) ?? blank(name)));
    const up = drawn === 0 ? "" : `\x1b[${drawn}A`;
    screen.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join("")}`);
    drawn = lines.length;
  };
  return {
    update(status) {
      const before = statuses.get(status.name);
      statuses.set(status.name, status);
      if (isLive) draw();
      else if (before?.state !== status.state) screen.write(`${toLine(status)}\n`);
    },
    say(text) {
      isLive = false;
      screen.write(`${text}\n`);
    },
  };
}

function blank(name: string): ProcessStatus {
  return { name, state: "waiting", pid: undefined, port: 0, restarts: 0, reason: undefined };
}

function toLine({ name, state, port, pid, restarts, reason }: ProcessStatus): string {
  const columns = [
    name.padEnd(13),
    state.padEnd(10),
    port === 0 ? "".padEnd(10) : `port ${port}`.padEnd(10),
    pid === undefined ? "".padEnd(11) : `pid ${pid}`.padEnd(11),
    `restarts ${restarts}`,
    ...(reason !== undefined && state !== "up" && state !== "stopped" ? [`(${reason.split("\n")[0]})`] : []),
  ];
  return `  ${columns.join(" ").trimEnd()}`;
}
