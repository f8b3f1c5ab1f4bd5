import type { FingerprintedDetection } from "@kontor/observer/diagnosis/finding";
import { fingerprintDetection } from "@kontor/observer/diagnosis/fingerprint";

/** What a detector says of one trace; the fingerprint follows from the rest. */
export function detection(change: Partial<FingerprintedDetection> = {}): FingerprintedDetection {
  const made = {
    detector: "n-plus-one-sql" as const,
    service: "core-erp",
    route: "GET /api/orders",
    place: "orders.list_open",
    causeKey: "select lines",
    title: "N+1 in orders.list_open",
    recommendation: "join",
    statement: "select * from lines where order_id = ?",
    count: 11,
    timeMs: 100,
    expectedGainMs: 90,
    evidenceSpanIds: ["a", "b"],
    sufferers: [],
    ...change,
  };
  return { ...made, fingerprint: fingerprintDetection(made) };
}
