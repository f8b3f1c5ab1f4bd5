import { randomUUID } from "node:crypto";
import type { AlertPayload } from "@kontor/kit/contracts/alert-words";
import { alertTransitioned } from "@kontor/kit/contracts/alerts";
import { orderPlaced } from "@kontor/kit/contracts/orders";

export function toAlert(changes: Partial<AlertPayload> = {}): AlertPayload {
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
    observed: 612,
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
        recommendation:
          "Load the lines of all orders at once: `select * from order_lines where order_id = any($1)`",
        url: "https://observer.example/findings/f1",
      },
    ],
    traceIds: ["t1"],
    links: { alert: "https://observer.example/alerts/1", trace: "https://observer.example/traces/t1" },
    ...changes,
  });
}

export function toPlacedOrder(changes: Record<string, unknown> = {}) {
  return orderPlaced.payload.parse({
    orderId: randomUUID(),
    orderNumber: "SO-00000042",
    customerId: randomUUID(),
    customerName: "Müller & Söhne",
    customerEmail: "mueller@customer.example",
    currency: "EUR",
    totalCents: 123_450,
    placedAt: "2026-11-24T14:00:00.000Z",
    lines: [
      { sku: "KT-1", name: "Desk <oak>", quantity: 2, unitPriceCents: 60_000 },
      { sku: "KT-2", name: "Lamp", quantity: 1, unitPriceCents: 3_450 },
    ],
    ...changes,
  });
}
