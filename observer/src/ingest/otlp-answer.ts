import type { ItemKind, RejectionReason } from "./ingest-counters.ts";
import { countRefusals, describeRefusals, type RefusalReason } from "./refusal.ts";

export type Encoding = "protobuf" | "json";

/** An answer ready to be written. */
export interface OtlpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}

const mediaTypes = { protobuf: "application/x-protobuf", json: "application/json" } as const;
const rejectedNames = {
  spans: "rejectedSpans",
  points: "rejectedDataPoints",
  logs: "rejectedLogRecords",
} as const;

/**
 * The answer to a request that was taken, in its own encoding: empty where everything was taken, else a partial success with the
 * number of items refused and why. A sender must not send those again.
 *
 * @source OTLP specification, "Partial Success"
 */
export function toAcceptedAnswer(
  encoding: Encoding,
  kind: ItemKind,
  refusals: ReadonlyMap<RefusalReason, number>,
): OtlpAnswer {
  const rejected = countRefusals(refusals);
  if (rejected === 0) return answer(200, encoding, encoding === "json" ? Buffer.from("{}") : Buffer.alloc(0));
  const message = describeRefusals(refusals);
  if (encoding === "json") {
    const partialSuccess = { [rejectedNames[kind]]: String(rejected), errorMessage: message };
    return answer(200, encoding, Buffer.from(JSON.stringify({ partialSuccess })));
  }
  const partial = Buffer.concat([
    Buffer.from([0x08, ...varint(rejected)]),
    lengthDelimited(0x12, Buffer.from(message)),
  ]);
  return answer(200, encoding, lengthDelimited(0x0a, partial));
}

interface Rejection {
  readonly status: number;
  /** Of google.rpc.Code. */
  readonly code: number;
}

const rejections: Readonly<Record<RejectionReason, Rejection>> = {
  malformed: { status: 400, code: 3 },
  unauthenticated: { status: 401, code: 16 },
  unknown_path: { status: 404, code: 5 },
  method_not_allowed: { status: 405, code: 12 },
  aborted: { status: 400, code: 1 },
  too_large: { status: 413, code: 8 },
  unsupported_media_type: { status: 415, code: 3 },
  unsupported_encoding: { status: 415, code: 3 },
  overloaded: { status: 429, code: 8 },
  store_unavailable: { status: 503, code: 14 },
  internal: { status: 500, code: 13 },
};

/**
 * The answer to a request that was turned away: a `google.rpc.Status` in the encoding of the request.
 *
 * @param retryAfterSeconds 1..3, where sending again later makes sense: exporters give up when all their tries do not fit 10 s
 */
export function toRejectedAnswer(
  reason: RejectionReason,
  message: string,
  options: { encoding?: Encoding | undefined; retryAfterSeconds?: number | undefined } = {},
): OtlpAnswer {
  const encoding = options.encoding ?? "json";
  const { status, code } = rejections[reason];
  const body =
    encoding === "json"
      ? Buffer.from(JSON.stringify({ code, message }))
      : Buffer.concat([Buffer.from([0x08, code]), lengthDelimited(0x12, Buffer.from(message))]);
  const extra: Record<string, string | number> = {};
  if (options.retryAfterSeconds !== undefined) extra["retry-after"] = options.retryAfterSeconds;
  if (reason === "method_not_allowed") extra.allow = "POST";
  if (reason === "unauthenticated") extra["www-authenticate"] = "Bearer";
  return answer(status, encoding, body, extra);
}

function answer(
  status: number,
  encoding: Encoding,
  body: Buffer,
  extra: Record<string, string | number> = {},
): OtlpAnswer {
  return {
    status,
    headers: { "content-type": mediaTypes[encoding], "content-length": body.length, ...extra },
    body,
  };
}

function lengthDelimited(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}
