import { join } from "node:path";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { Option } from "commander";
import { repository } from "../starter/install.mjs";

/** `--data`, the same for every command: KONTOR_DATA, else the folder `.kontor` of the repository. */
export function dataOption(io: CommandIo): Option {
  const usual = io.environment.KONTOR_DATA || join(repository, ".kontor");
  return new Option("--data <folder>", "where the system keeps everything").default(usual);
}
