import { readFile } from "node:fs/promises";
import { AppError } from "@kontor/kit/errors";
import type { Environment } from "../config/interpolate.ts";

/** What a protected observer is shown, and where the user gave it: messages name that place, never the token. */
export interface ObserverToken {
  readonly text: string;
  readonly from: string;
}

/**
 * The token for a protected observer: of `--token-file`, else of OBSERVER_TOKEN, else of the file that OBSERVER_TOKEN_FILE names.
 *
 * @returns undefined where none is given, which suits an observer on loopback
 * @throws AppError `cli.token` when a file cannot be read, is empty, or holds what no header can carry
 */
export async function readObserverToken(
  environment: Environment,
  tokenFile: string | undefined,
): Promise<ObserverToken | undefined> {
  if (tokenFile !== undefined) return readTokenFile(tokenFile, `--token-file ${tokenFile}`);
  const { OBSERVER_TOKEN, OBSERVER_TOKEN_FILE } = environment;
  if (OBSERVER_TOKEN) return toToken(OBSERVER_TOKEN, "OBSERVER_TOKEN");
  if (OBSERVER_TOKEN_FILE) {
    return readTokenFile(OBSERVER_TOKEN_FILE, `OBSERVER_TOKEN_FILE ${OBSERVER_TOKEN_FILE}`);
  }
  return undefined;
}

async function readTokenFile(path: string, from: string): Promise<ObserverToken> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new AppError("invalid", "cli.token", `${from} cannot be read: ${cause.message}.`, { cause });
  });
  return toToken(text, from);
}

function toToken(text: string, from: string): ObserverToken {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return { text: token, from };
  const message = `${from} holds no token: one line of ASCII without spaces is needed, as in the tokens file of the observer.`;
  throw new AppError("invalid", "cli.token", message);
}
