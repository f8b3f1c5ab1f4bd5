import { pbkdf2Sync } from "node:crypto";

/** A quarter of a second on a core of 2026. */
const ITERATIONS = 1_600_000;

/**
 * FAULT event-loop-block: seals an answer with a key derived from it, synchronously. While one request computes, all
 * others of this process stand still.
 */
export function sealSynchronously(answer: unknown): string {
  return pbkdf2Sync(JSON.stringify(answer), "seal", ITERATIONS, 32, "sha256").toString("base64url");
}
