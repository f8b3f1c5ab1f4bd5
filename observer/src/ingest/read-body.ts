import type { IncomingMessage } from "node:http";
import { gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from "node:zlib";
import type { RejectionReason } from "./ingest-counters.ts";

/** A request that is turned away as a whole, with what its sender should know. */
export class RequestRejected extends Error {
  readonly reason: RejectionReason;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    reason: RejectionReason,
    message: string,
    options: { retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RequestRejected";
    this.reason = reason;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Bytes of requests in memory, bounded over all of them. */
export class BodyBudget {
  #used = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** @returns false when there is no room; nothing is taken then */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#maxBytes) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/**
 * Reads a body to its end, still compressed. What it took from the budget is for the caller to give back, by `bytes.length`.
 *
 * @throws RequestRejected `too_large` beyond `maxBytes`, `overloaded` where the budget has no room, `aborted` when the sender hangs up
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: BodyBudget,
): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => {
        request.off("data", take);
        // What still comes is read and thrown away, so that the answer is not lost on a sender that only writes.
        request.resume();
        reject(error);
      };
      const take = (chunk: Buffer): void => {
        if (size + chunk.length > maxBytes) fail(tooLarge(maxBytes));
        else if (!budget.take(chunk.length))
          fail(new RequestRejected("overloaded", "too many requests at once"));
        else {
          size += chunk.length;
          chunks.push(chunk);
        }
      };
      request.on("data", take);
      request.once("end", resolve);
      request.once("error", (cause) => fail(new RequestRejected("aborted", "the sender hung up", { cause })));
      request.once("close", () => fail(new RequestRejected("aborted", "the sender hung up")));
    });
  } catch (error) {
    budget.give(size);
    throw error;
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size);
}

/**
 * Undoes a content encoding. The bound holds for what comes out, so that a small body cannot become a large one.
 *
 * @throws RequestRejected `too_large`, `unsupported_encoding`, or `malformed` where the bytes are not of that encoding
 */
export function decompress(body: Buffer, encoding: string | undefined, maxBytes: number): Buffer {
  const name = encoding?.trim().toLowerCase() ?? "identity";
  if (name === "identity" || name === "") return body;
  const options: ZlibOptions = {
    maxOutputLength: maxBytes,
    // Telemetry shrinks to about an eighth: most bodies then come out in one piece.
    chunkSize: Math.min(Math.max(body.length * 10, 16_384), 2_097_152),
  };
  try {
    if (name === "gzip" || name === "x-gzip") return gunzipSync(body, options);
    // RFC 9110 means the zlib format; some senders leave its header out.
    if (name === "deflate")
      return (body[0] ?? 0) % 16 === 8 ? inflateSync(body, options) : inflateRawSync(body, options);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes);
    throw new RequestRejected("malformed", `the body is not ${name}`, { cause });
  }
  throw new RequestRejected(
    "unsupported_encoding",
    `content encoding ${name} is not known; send gzip, deflate or none`,
  );
}

function tooLarge(maxBytes: number): RequestRejected {
  return new RequestRejected("too_large", `the body is over ${maxBytes} bytes; send smaller batches`);
}
