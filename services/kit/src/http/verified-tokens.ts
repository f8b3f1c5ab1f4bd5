import type { Caller } from "./authenticate.ts";

export type VerifiedTokens = {
  find(token: string): Caller | undefined;
  /** @param expiresAtMs epoch milliseconds; from then on the token is not found any more */
  remember(token: string, caller: Caller, expiresAtMs: number): void;
};

/**
 * Tokens whose signature was good a moment ago. A check costs some 170 us of CPU, and the same token comes with every
 * request of a user. The oldest gives way when it is full.
 *
 * @param options.trustedForMs also how long a token outlives the removal of its key from the JWKS
 */
export function createVerifiedTokens(options: { entriesMax: number; trustedForMs: number }): VerifiedTokens {
  const entries = new Map<string, { caller: Caller; until: number }>();
  return {
    find(token) {
      const entry = entries.get(token);
      if (entry === undefined) return undefined;
      if (entry.until > Date.now()) return entry.caller;
      entries.delete(token);
      return undefined;
    },
    remember(token, caller, expiresAtMs) {
      if (entries.size >= options.entriesMax) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          break;
        }
      }
      entries.set(token, { caller, until: Math.min(expiresAtMs, Date.now() + options.trustedForMs) });
    },
  };
}
