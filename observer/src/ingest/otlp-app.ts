import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Batch } from "../store/batch.ts";
import { StoreError } from "../store/store-error.ts";
import { AttributePolicy } from "./attribute-policy.ts";
import { CardinalityGuard } from "./cardinality-guard.ts";
import { decodeBatch } from "./decode-batch.ts";
import { type DecodeContext, DecodeRun } from "./decode-context.ts";
import { IngestCounters, type ItemKind, type RejectionReason } from "./ingest-counters.ts";
import { MalformedError } from "./malformed-error.ts";
import { type Encoding, type OtlpAnswer, toAcceptedAnswer, toRejectedAnswer } from "./otlp-answer.ts";
import { BodyBudget, freeMemory, RequestRejected, readBody, readDecompressed } from "./read-body.ts";
import { SenderRegistry } from "./sender-registry.ts";
import { StringCache } from "./string-cache.ts";

/** Where accepted batches go first. What it has taken survives `kill -9`. */
export interface BatchJournal {
  /** True while more is waiting to be written or stored than the bounds allow; nothing should be appended then. */
  readonly isBehind: boolean;
  /** @throws StoreError when the batch could not be written; nothing of it is kept then */
  append(batch: Batch): Promise<void>;
}

/** The guards of the receiver. Their numbers stand in the configuration. */
export interface IngestLimits {
  /** Of one body, before and after decompression. */
  readonly maxBodyBytes: number;
  /** Of all bodies in memory at the same time. */
  readonly maxBodiesBytes: number;
  readonly maxAttributes: number;
  readonly maxTextLength: number;
  readonly maxDepth: number;
  readonly maxFutureMs: number;
  readonly maxSenders: number;
  readonly maxSeries: number;
  readonly maxSeriesPerMetric: number;
  /** Senders and series silent for so long are forgotten. */
  readonly forgetAfterMs: number;
}

export interface OtlpAppOptions {
  readonly journal: BatchJournal;
  /** Called with every batch after it is safe, in the order in which batches became safe. Must not throw. */
  readonly onBatch: (batch: Batch) => void;
  /** Secret of this installation, for keyed hashes of what is taken out of statements. */
  readonly hashKey: Uint8Array;
  /** The clock, ms since the epoch. */
  readonly now: () => number;
  /** Told of failures that are bugs; the sender learns only that there was one. */
  readonly onError: (error: unknown) => void;
  readonly limits: IngestLimits;
  /** Senders must send it as `Authorization: Bearer`; without it everybody may send, which suits loopback only. */
  readonly token?: string | undefined;
}

export interface OtlpApp {
  /** For `node:http`. Answers `POST /v1/traces`, `/v1/metrics` and `/v1/logs`. */
  readonly listener: RequestListener;
  readonly counters: IngestCounters;
  /** Series and bytes held now, for the observer's own metrics. */
  usage(): { readonly series: number; readonly bodyBytes: number };
}

const paths: ReadonlyMap<string, ItemKind> = new Map([
  ["/v1/traces", "spans"],
  ["/v1/metrics", "points"],
  ["/v1/logs", "logs"],
]);

/**
 * The OTLP/HTTP receiver: protobuf and JSON, gzip, deflate or neither. 200 means that the journal has it; items that cannot be taken
 * are answered as a partial success and do not stop their neighbours. Overload is answered 429 or 503 with Retry-After 1..3 before
 * anything is read.
 *
 * @source OTLP specification 1.x, "OTLP/HTTP"
 */
export function createOtlpApp(options: OtlpAppOptions): OtlpApp {
  const { limits } = options;
  const counters = new IngestCounters();
  const budget = new BodyBudget(limits.maxBodiesBytes);
  const guard = new CardinalityGuard(limits);
  const policy = new AttributePolicy({
    hashKey: options.hashKey,
    limits,
    count: (what) => counters.alter(what),
  });
  const context: DecodeContext = {
    strings: new StringCache(),
    policy,
    senders: new SenderRegistry(limits),
    maxDepth: limits.maxDepth,
    maxFutureMs: limits.maxFutureMs,
  };

  async function take(request: IncomingMessage, kind: ItemKind, encoding: Encoding): Promise<OtlpAnswer> {
    holdBack();
    const body = await readBody(request, limits.maxBodyBytes, budget);
    const receivedBytes = body.length;
    try {
      // Many may have been let in while there was room; decoded they would take ten times the memory.
      holdBack();
      const run = new DecodeRun(context, options.now());
      let decodedBytes = 0;
      const batch = readDecompressed(
        body,
        request.headers["content-encoding"],
        limits.maxBodyBytes,
        (decoded) => {
          decodedBytes = decoded.length;
          return decodeBatch(decoded, kind, encoding, run, { guard, counters });
        },
      );
      freeMemory(body);
      const size =
        batch.kind === "spans"
          ? batch.spans.length
          : batch.kind === "points"
            ? batch.points.length
            : batch.logs.length;
      if (size > 0) {
        await append(batch);
        options.onBatch(batch);
      }
      counters.acceptRequest(receivedBytes, decodedBytes);
      counters.accept(kind, size);
      counters.refuse(kind, run.refusals);
      return toAcceptedAnswer(encoding, kind, run.refusals);
    } finally {
      budget.give(receivedBytes);
    }
  }

  function holdBack(): void {
    if (options.journal.isBehind)
      throw new RequestRejected("overloaded", "the observer is behind; send again");
  }

  async function append(batch: Batch): Promise<void> {
    try {
      await options.journal.append(batch);
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      throw new RequestRejected("store_unavailable", cause.message, { cause });
    }
  }

  let spread = 0;
  function reject(reason: RejectionReason, message: string, encoding: Encoding | undefined): OtlpAnswer {
    counters.reject(reason);
    const isPassing = reason === "overloaded" || reason === "store_unavailable";
    // Spread over 1 to 3 s, so that turned away senders do not all come back at once.
    return toRejectedAnswer(reason, message, {
      encoding,
      retryAfterSeconds: isPassing ? (spread++ % 3) + 1 : undefined,
    });
  }

  async function handle(request: IncomingMessage): Promise<OtlpAnswer> {
    const kind = paths.get(pathOf(request));
    const encoding = encodingOf(request);
    if (kind === undefined)
      return reject("unknown_path", "send to /v1/traces, /v1/metrics or /v1/logs", encoding);
    if (request.method !== "POST") return reject("method_not_allowed", "use POST", encoding);
    if (!isAllowed(request, options.token)) {
      return reject("unauthenticated", "send the observer's OTLP token as Authorization: Bearer", encoding);
    }
    if (encoding === undefined) {
      return reject("unsupported_media_type", "send application/x-protobuf or application/json", encoding);
    }
    try {
      return await take(request, kind, encoding);
    } catch (error) {
      if (error instanceof RequestRejected) return reject(error.reason, error.message, encoding);
      if (error instanceof MalformedError) return reject("malformed", error.message, encoding);
      options.onError(error);
      return reject("internal", "an error of the observer, which is in its log", encoding);
    }
  }

  return {
    counters,
    usage: () => ({ series: guard.seriesCount, bodyBytes: budget.usedBytes }),
    listener: (request, response) => {
      void handle(request).then((answer) => write(request, response, answer));
    },
  };
}

function write(request: IncomingMessage, response: ServerResponse, answer: OtlpAnswer): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
  // A body that was not wanted is read to its end, or the connection could not be used again.
  if (!request.complete) request.resume();
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  return mark < 0 ? url : url.slice(0, mark);
}

function encodingOf(request: IncomingMessage): Encoding | undefined {
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  return type === "application/json" ? "json" : undefined;
}

function isAllowed(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
