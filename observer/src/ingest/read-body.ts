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
  if (chunks.length === 1 && only !== undefined) return only;
  const body = Buffer.concat(chunks, size);
  for (const chunk of chunks) freeMemory(chunk);
  return body;
}

/**
 * Gives the memory of a buffer that is not needed any more back now. Left to the garbage collector it would stay until the next full
 * collection, ten megabytes for each second of load. Does nothing to a buffer that shares its memory with others.
 */
export function freeMemory({ buffer, byteLength }: Buffer): void {
  // What comes from Node's pool is the smaller part of its memory.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/**
 * Undoes a content encoding for as long as `read` works on what comes out; then its memory is given back. The bound holds for what comes out, so that a small body cannot become a large one.
 *
 * @throws RequestRejected `too_large`, `unsupported_encoding`, or `malformed` where the bytes are not of that encoding
 */
export function readDecompressed<T>(
  body: Buffer,
  encoding: string | undefined,
  maxBytes: number,
  read: (bytes: Buffer) => T,
): T {
  const bytes = decompress(body, encoding, maxBytes);
  try {
    return read(bytes);
  } finally {
    if (bytes !== body && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
  }
}

/** @returns the body itself where it is not encoded, else memory that is not shared with anything */
function decompress(body: Buffer, encoding: string | undefined, maxBytes: number): Buffer {
  const name = encoding?.trim().toLowerCase() ?? "identity";
  if (name === "identity" || name === "") return body;
  const options: ZlibOptions = { maxOutputLength: maxBytes, chunkSize: guessSize(body, name, maxBytes) };
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

/** Bytes that come out, so that they come out in one piece. A guess that is wrong costs memory for a moment, never more than `maxBytes`. */
function guessSize(body: Buffer, encoding: string, maxBytes: number): number {
  const isGzip = encoding !== "deflate" && body.length > 18;
  // RFC 1952 ends with the size; one byte more tells zlib that it is done. Else telemetry shrinks to about a tenth.
  const guess = isGzip ? body.readUInt32LE(body.length - 4) + 1 : body.length * 12;
  // Nothing as small as what Node takes from its pool, which others have a part of.
  return Math.max(Math.min(guess, maxBytes + 1), Buffer.poolSize, 16_384);
}

function tooLarge(maxBytes: number): RequestRejected {
  return new RequestRejected("too_large", `the body is over ${maxBytes} bytes; send smaller batches`);
}
