import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createKontorCommand } from "../../cli/create-kontor-command.ts";
import { runKontor } from "./run-kontor.ts";

const folder = mkdtempSync(join(tmpdir(), "kontor-test-cli-"));
const badScenario = join(folder, "scenario.json");
writeFileSync(badScenario, '{ "name": "", "flows": [] }');
/** Nothing listens on the ports of this folder's system. */
const services = ["gateway", "auth", "coreErp", "notification"];
const urls = Object.fromEntries(services.map((name) => [name, "http://127.0.0.1:9"]));
writeFileSync(join(folder, "system.json"), JSON.stringify({ urls }));
afterAll(() => rmSync(folder, { recursive: true }));

describe("npx kontor", () => {
  it("shows its commands, each of them with --help and --json", () => {
    const io = { environment: {}, write: () => {}, writeError: () => {}, setExitCode: () => {} };
    const leaves = createKontorCommand(io).commands.flatMap((command) =>
      command.commands.length > 0 ? [...command.commands] : [command],
    );
    expect(leaves.length).toBeGreaterThan(6);
    for (const command of leaves) expect(command.helpInformation(), command.name()).toContain("--json");
  });

  it.each([
    ["help is an answer", ["--help"], 0, /Usage: kontor/],
    ["the help of a command too", ["load", "--help"], 0, /--scenario/],
    ["an unknown command is bad input", ["fly"], 2, /unknown command 'fly'/],
    ["an unknown option is bad input", ["start", "--wings"], 2, /unknown option '--wings'/],
    [
      "a value that cannot be is bad input",
      ["load", "--rate", "none"],
      2,
      /--rate takes a number above zero/,
    ],
    ["no address is bad input", ["load", "--url", "notaurl"], 2, /notaurl is no address[\s\S]*cli\.argument/],
    ["nor is half of one", ["load", "--url", "http://"], 2, /no address/],
    ["an unknown service to watch is bad input", ["dev", "nobody"], 2, /there are mail-catcher, observer/],
    [
      "a broken scenario is bad input, all of it told",
      ["load", "--scenario", badScenario],
      2,
      /name:[\s\S]*flowsPerSecond:[\s\S]*flows:/,
    ],
    [
      "a system that is away could not be loaded",
      ["load", "--url", "http://127.0.0.1:9"],
      3,
      /got no answer/,
    ],
    [
      "nor its saturation be found",
      ["load", "--find-saturation", "--url", "http://127.0.0.1:9"],
      3,
      /got no answer/,
    ],
    [
      "a rate does not go with the search for one",
      ["load", "--find-saturation", "--rate", "5"],
      2,
      /--rate does not go/,
    ],
    ["nor a limit without a search", ["load", "--p95-ms", "500"], 2, /goes with --find-saturation/],
    [
      "a token file that is not there is bad input",
      ["demo", "--token-file", join(folder, "none")],
      2,
      /--token-file .*none cannot be read/,
    ],
    ["nor its faults be listed", ["faults", "list", "--data", folder], 3, /No service answers/],
  ])("%s", async (_, args, code, words) => {
    const answer = await runKontor(args);
    expect(answer.out + answer.err).toMatch(words);
    expect(answer.code).toBe(code);
  });

  it("takes its data folder from the environment", async () => {
    const { out } = await runKontor(["start", "--help"], { KONTOR_DATA: "/some/where" });
    expect(out).toContain('"/some/where"');
  });
});
