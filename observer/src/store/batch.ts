import type { LogRecord } from "./log-record.ts";
import type { PointRecord } from "./point-record.ts";
import type { SpanRecord } from "./span-record.ts";

/** What one accepted request brought: records of one kind, all received at the same time. */
export type Batch =
  | { readonly kind: "spans"; readonly receivedAtMs: number; readonly spans: readonly SpanRecord[] }
  | { readonly kind: "points"; readonly receivedAtMs: number; readonly points: readonly PointRecord[] }
  | { readonly kind: "logs"; readonly receivedAtMs: number; readonly logs: readonly LogRecord[] };
