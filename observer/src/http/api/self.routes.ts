import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import type { TraceBufferStats } from "../../diagnosis/trace-buffer.ts";
import type { SignalHistory } from "../../engine/signal-history.ts";
import type { IngestSnapshot } from "../../ingest/ingest-counters.ts";
import type { SourceStatus } from "../../store/sources/switching-source.ts";
import type { StoreStats } from "../../store/store.ts";
import type { StreamUsage } from "../../store/windows/stream-source.ts";

/** What the observer says of itself. Counts are since its start. */
export interface SelfView {
  readonly version: string;
  readonly startedAt: string;
  readonly configuration: {
    readonly hash: string;
    /** Mistakes of a changed file that is not in force. */
    readonly rejected: readonly string[];
  };
  readonly ticks: {
    /** Null before the first. */
    readonly lastAtMs: number | null;
    readonly missed: number;
    readonly rules: number;
    /** Thresholds of the configuration that match nothing. */
    readonly deadThresholds: number;
  };
  readonly ingest: IngestSnapshot & { readonly series: number; readonly bodyBytes: number };
  readonly store: StoreStats;
  readonly windows: StreamUsage;
  readonly charts: ReturnType<SignalHistory["usage"]>;
  readonly pages: { readonly listening: number };
  readonly traces: TraceBufferStats;
  readonly findings: {
    readonly waiting: number;
    readonly lost: number;
    /** Not told, because the service that measured them was late itself. */
    readonly heldBack: number;
  };
  readonly delivery: { readonly pending: number };
  readonly database: { readonly ready: boolean };
  /** Null where no bus is configured. */
  readonly bus: { readonly open: boolean | null };
  /** The servers that rules are evaluated on; none where that is the stream. */
  readonly signalSources: readonly SourceStatus[];
}

export interface SelfQueries {
  readSelf(): Promise<SelfView>;
}

/** The observer's own health in numbers: what was accepted and refused and why, how far the store is, what waits for delivery. */
export function selfRoutes(queries: SelfQueries): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/self",
      summary: "Counters of the observer itself: ingest, store, windows, traces, ticks, delivery",
      tags: ["observer"],
      responses: { 200: z.record(z.string(), z.unknown()) },
      access: "public",
      handle: async () => ({ ...(await queries.readSelf()) }),
    }),
  ];
}
