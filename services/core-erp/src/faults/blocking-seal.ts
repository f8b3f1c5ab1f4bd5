import { pbkdf2Sync } from "node:crypto";

/** How long one key takes on this machine: more than the 250 ms of delay that the platform allows an event loop. */
const BLOCKED_MS = 340;

/** A key is kept for so long: somebody had noticed that it is expensive. */
const KEPT_MS = 100;

const SAMPLE_ITERATIONS = 200_000;

export type BlockingSeal = {
  /** Finds out how much work a key must be on this machine. */
  start(): void;
  seal(answer: unknown): string;
};

/**
 * FAULT event-loop-block: seals answers with a key derived from a password, synchronously. While one request computes,
 * all others of this process stand still.
 */
export function createBlockingSeal(): BlockingSeal {
  let iterations = 1_600_000;
  let kept: { seal: string; untilMs: number } | undefined;
  return {
    start() {
      const before = process.threadCpuUsage();
      derive("sample", SAMPLE_ITERATIONS);
      const { user, system } = process.threadCpuUsage(before);
      iterations = Math.max(
        SAMPLE_ITERATIONS,
        Math.round((SAMPLE_ITERATIONS * BLOCKED_MS * 1_000) / (user + system)),
      );
    },
    seal(answer) {
      if (kept !== undefined && performance.now() < kept.untilMs) return kept.seal;
      const seal = derive(JSON.stringify(answer), iterations);
      kept = { seal, untilMs: performance.now() + KEPT_MS };
      return seal;
    },
  };
}

function derive(text: string, iterations: number): string {
  return pbkdf2Sync(text, "seal", iterations, 32, "sha256").toString("base64url");
}
