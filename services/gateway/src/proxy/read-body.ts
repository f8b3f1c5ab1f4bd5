import type { IncomingMessage } from "node:http";
import { AppError } from "@kontor/kit/errors";

/** Of all bodies in memory at a time; no less than one alone may have. */
export const bodiesBytesMax = 134_217_728;

/** Memory for bodies: how large one may be, and what all together hold. */
export class BodyMemory {
  readonly limitBytes: number;
  readonly #maxBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number, maxBytes = bodiesBytesMax) {
    this.limitBytes = limitBytes;
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** @returns false when there is no room; nothing is taken then */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

export function hasBody(req: IncomingMessage): boolean {
  return req.headers["transfer-encoding"] !== undefined || Number(req.headers["content-length"] ?? 0) > 0;
}

/**
 * Reads a body to its end. A client that sends slowly waits here, with nothing of the service in its hands. What it took of the
 * memory is for the caller to give back, by `length`.
 *
 * @returns empty where there is no body
 * @throws AppError `request.too_large`, `gateway.overloaded`; the reason of `signal`; what the stream throws when the client hangs up
 */
export async function readBody(
  req: IncomingMessage,
  memory: BodyMemory,
  signal: AbortSignal,
): Promise<Buffer> {
  if (!hasBody(req)) return Buffer.alloc(0);
  if (Number(req.headers["content-length"] ?? 0) > memory.limitBytes) throw toTooLarge(memory);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const take = (chunk: Buffer): void => {
    if (bytes + chunk.length > memory.limitBytes) reject(toTooLarge(memory));
    else if (!memory.take(chunk.length)) reject(toOverloaded());
    else {
      bytes += chunk.length;
      chunks.push(chunk);
    }
  };
  const stop = (): void => reject(signal.reason);
  req.on("data", take).once("end", resolve).once("error", reject);
  signal.addEventListener("abort", stop);
  try {
    signal.throwIfAborted();
    await promise;
    return Buffer.concat(chunks, bytes);
  } catch (error) {
    memory.give(bytes);
    throw error;
  } finally {
    req.off("data", take);
    signal.removeEventListener("abort", stop);
  }
}

// The rest of the body is not read: the connection cannot be used again.
const headers = { Connection: "close" };

function toTooLarge({ limitBytes }: BodyMemory): AppError {
  const message = `The body is larger than ${limitBytes} bytes.`;
  return new AppError("tooLarge", "request.too_large", message, { details: { limitBytes }, headers });
}

function toOverloaded(): AppError {
  const message = "Too many bodies are on their way at once.";
  return new AppError("unavailable", "gateway.overloaded", message, { retryAfterSeconds: 1, headers });
}
