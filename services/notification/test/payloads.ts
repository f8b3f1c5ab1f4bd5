import { randomUUID } from "node:crypto";
import { orderPlaced } from "@kontor/kit/contracts/orders";
import { type ReportPayload, reportMade } from "@kontor/kit/contracts/reports";

export function toReport(changes: Partial<ReportPayload> = {}): ReportPayload {
  return reportMade.payload.parse({
    id: randomUUID(),
    report: "optimisation",
    schedule: "weekly",
    from: "2026-11-17T07:00:00.000Z",
    to: "2026-11-24T07:00:00.000Z",
    madeAt: "2026-11-24T07:00:02.000Z",
    headline: "No limit is broken now; GET /api/orders of core-erp loses most: N+1 in <orders>.",
    tone: "warn",
    figures: [{ label: "Open bottlenecks", value: "3", note: "1 reopened" }],
    items: [
      {
        title: "N+1: order_lines.list_by_order runs once per row",
        text: "3.2 h lost in 1,234 traces",
        url: "https://observer.example/findings/f1",
      },
    ],
    url: "https://observer.example/reports/r1",
    recipients: [],
    attachment: {
      name: "kontor-optimisation.html",
      contentType: "text/html; charset=utf-8",
      base64: Buffer.from("<!doctype html><p>The report.</p>").toString("base64"),
    },
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
