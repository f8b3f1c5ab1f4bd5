import { expect, it } from "vitest";
import { createBoard } from "../../start/board.ts";
import type { ProcessStatus } from "../../start/supervised.ts";

function record(isTTY: boolean) {
  const written: string[] = [];
  return { written, screen: { isTTY, write: (text: string) => written.push(text) } };
}

const up: ProcessStatus = { name: "auth", state: "up", pid: 12, port: 8001, restarts: 0, reason: undefined };

it("prints one line a change where there is no terminal", () => {
  const { written, screen } = record(false);
  const board = createBoard(screen, ["auth"]);
  board.update(up);
  board.update(up);
  board.update({ ...up, state: "restarting", pid: undefined, restarts: 1, reason: "killed by SIGKILL" });
  expect(written).toEqual([
    "  auth          up         port 8001  pid 12      restarts 0\n",
    "  auth          restarting port 8001              restarts 1 (killed by SIGKILL)\n",
  ]);
});

it("keeps one line a process on a terminal, until words follow", () => {
  const { written, screen } = record(true);
  const board = createBoard(screen, ["auth", "gateway"]);
  board.update(up);
  board.update({ ...up, name: "gateway" });
  board.say("ready");
  board.update({ ...up, state: "restarting" });
  expect(written[0]).not.toContain("\x1b[2A");
  expect(written[1]).toContain("\x1b[2A");
  expect(written.slice(2)).toEqual(["ready\n", expect.stringMatching(/^ {2}auth +restarting/)]);
});
