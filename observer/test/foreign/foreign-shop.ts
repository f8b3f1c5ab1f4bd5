import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type StartedProcess, startProcess } from "@kontor/kit/testing/start-process";

const run = promisify(execFile);
const register = "@opentelemetry/auto-instrumentations-node/register";

/** How the documentation of the instrumentation says to start each kind of program. */
const flagsOf = {
  "shop.cjs": ["--require", register],
  "stock.mjs": [
    "--no-warnings",
    "--experimental-loader=@opentelemetry/instrumentation/hook.mjs",
    "--import",
    register,
  ],
} as const;

export type ForeignProgram = keyof typeof flagsOf;

/** The package of somebody else, installed by its own lock file in a folder of its own. */
export interface ForeignPackage extends AsyncDisposable {
  /** Starts one of its programs on a free port. @param env the whole environment besides PATH and PORT */
  start(program: ForeignProgram, env: Record<string, string>): Promise<ForeignService>;
}

export interface ForeignService extends StartedProcess {
  readonly url: string;
  /**
   * Ends it as its owner does, so that what it still has is sent.
   *
   * @returns what its SDK complains of at OTEL_LOG_LEVEL=warn: a request that was not taken, an item that was refused
   */
  stop(): Promise<readonly string[]>;
}

/** @throws Error that says so when npm cannot install it, as where the registry is away */
export async function installForeignShop(): Promise<ForeignPackage> {
  const folder = await mkdtemp(join(tmpdir(), "kontor-foreign-"));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    await cp(new URL("shop/", import.meta.url), folder, { recursive: true });
    await run("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], {
      cwd: folder,
      timeout: 180_000,
    });
  } catch (cause) {
    await close();
    const { stderr = "", message = "" } = cause as { stderr?: string; message?: string };
    const words = stderr.trim() || message;
    throw new Error(
      `npm could not install observer/test/foreign/shop. It needs the npm registry, or a cache that has the packages:\n${words}`,
      { cause },
    );
  }
  return {
    async start(program, env) {
      const path = process.env.PATH ?? "";
      const service = startProcess(pathToFileURL(join(folder, program)), {
        flags: [...flagsOf[program]],
        env: { PATH: path, PORT: "0", ...env },
      });
      const [, port] = await service.waitFor(/listens on (\d+)/);
      return {
        ...service,
        url: `http://127.0.0.1:${port}`,
        async stop() {
          service.child.kill("SIGTERM");
          await service.ended;
          return service
            .output()
            .split("\n")
            .filter((line) => /Partial Success|ExporterError|export failed/.test(line));
        },
      };
    },
    [Symbol.asyncDispose]: close,
  };
}
