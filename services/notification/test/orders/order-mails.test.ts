import fc from "fast-check";
import { expect, it } from "vitest";
import { toMoney, toOrderCancelledMail, toOrderPlacedMail } from "../../src/orders/order-mails.ts";
import { toPlacedOrder } from "../payloads.ts";

it("lists what was ordered, with amounts that add up", () => {
  const { subject, text, html } = toOrderPlacedMail(toPlacedOrder());
  expect(subject).toBe("We have your order SO-00000042");
  for (const part of [text, html]) {
    for (const words of ["KT-1, 2 × 600.00 EUR", "1,200.00 EUR", "34.50 EUR", "1,234.50 EUR"]) {
      expect(part).toContain(words);
    }
  }
  expect(text).toContain("Desk <oak>");
  expect(html).toContain("Desk &lt;oak&gt;");
  expect(html).toContain("Müller &amp; Söhne");
});

it("says why an order was cancelled, if a reason was given", () => {
  const order = { ...toPlacedOrder(), cancelledAt: "2026-11-24T15:00:00.000Z" };
  expect(toOrderCancelledMail({ ...order, reason: "sold out" }).text).toContain("The reason: sold out");
  expect(toOrderCancelledMail({ ...order, reason: "" }).text).not.toContain("reason");
});

it("loses no cent, whatever the amount", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (cents) => {
      expect(
        toMoney(cents, "EUR")
          .replace(/\D/g, "")
          .replace(/^0+(?=\d)/, ""),
      ).toBe(String(cents));
    }),
  );
});
