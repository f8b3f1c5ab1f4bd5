import { randomUUID } from "node:crypto";
import type { AlertPayload } from "../contracts/alert-words.ts";
import { alertTransitioned } from "../contracts/alerts.ts";

/** What the observer tells when the list of orders has become slow and that was explained. */
export function sampleAlert(changes: Partial<AlertPayload> = {}): AlertPayload {
  return alertTransitioned.payload.parse({
    id: randomUUID(),
    fingerprint: "00aa11bb22cc33dd",
    from: "pending",
    to: "firing",
    severity: "critical",
    rule: "latencyP95MsMax",
    environment: "default",
    namespace: "kontor",
    service: "core-erp",
    endpoint: "GET /api/orders",
    observed: 612.4,
    limit: 500,
    unit: "ms",
    sinceAt: "2026-11-24T14:03:20.000Z",
    firedAt: "2026-11-24T14:03:21.000Z",
    resolvedAt: null,
    atIso: "2026-11-24T14:03:21.000Z",
    findings: [
      {
        fingerprint: "f1",
        title: "11 identical queries per request in orders.list_open",
        recommendation: "Load all lines at once:\n`select * from order_lines where order_id = any($1)`",
        url: "https://observer.example/findings/f1",
      },
    ],
    traceIds: ["t1"],
    links: { alert: "https://observer.example/alerts/1", trace: "https://observer.example/traces/t1" },
    ...changes,
  });
}
