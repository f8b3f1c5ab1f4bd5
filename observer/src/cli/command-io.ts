import type { Environment } from "../config/interpolate.ts";

/** 0 done or answered, 1 the verdict is negative, 2 bad input or configuration, 3 could not do it. */
export type ExitCode = 0 | 1 | 2 | 3;

/** What a command knows of the process it runs in. */
export interface CommandIo {
  readonly environment: Environment;
  /** Text for standard output, with its line ends. */
  write(text: string): void;
  /** Text for standard error. */
  writeError(text: string): void;
  setExitCode(code: ExitCode): void;
}
