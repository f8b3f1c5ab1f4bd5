import { hash, type Options, verify } from "@node-rs/argon2";
import { z } from "zod";

/** The minimum OWASP names for argon2id: 19 MiB, two passes, one lane. A verification takes some 20 to 40 ms of a core. */
const options: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Length counts for more than classes of characters; the upper bound keeps hashing cheap. */
export const newPassword = z
  .string()
  .min(12, "at least 12 characters")
  .max(128, "at most 128 characters")
  .refine((password) => new Set(password).size >= 5, "at least 5 different characters");

/** What may be tried as a password; bounds only, so that an old password stays usable when the rules change. */
export const givenPassword = z.string().min(1).max(128);

export type Passwords = {
  hash(password: string): Promise<string>;
  /** With `undefined` for an account that does not exist it takes as long as with one, and is false. */
  verify(storedHash: string | undefined, password: string): Promise<boolean>;
};

/**
 * Hashes a password nobody has once, to have something to compare with where there is no account.
 *
 * @param argon2 what does the work
 */
export async function createPasswords(argon2 = { hash, verify }): Promise<Passwords> {
  const nobodysHash = await argon2.hash(crypto.randomUUID(), options);
  return {
    hash: (password) => argon2.hash(normalize(password), options),
    async verify(storedHash, password) {
      const isRight = await argon2.verify(storedHash ?? nobodysHash, normalize(password));
      return storedHash !== undefined && isRight;
    },
  };
}

/** The same characters typed on different keyboards may come as different code points. */
function normalize(password: string): string {
  return password.normalize("NFKC");
}
