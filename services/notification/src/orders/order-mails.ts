import type { EventPayload } from "@kontor/kit/contracts/define-event";
import type { orderCancelled, orderConfirmed, orderPlaced } from "@kontor/kit/contracts/orders";
import { type Html, html } from "@kontor/kit/html";
import { type MailContent, type MailTone, mailStyles, toMailPage } from "@kontor/kit/mail-layout";

type Placed = EventPayload<typeof orderPlaced>;
type Confirmed = EventPayload<typeof orderConfirmed>;
type Cancelled = EventPayload<typeof orderCancelled>;

const TEXT_WIDTH = 46;

/** "We have your order", with its lines. */
export function toOrderPlacedMail(order: Placed): MailContent {
  const lines = order.lines.map((line) => ({
    name: line.name,
    detail: `${line.sku}, ${line.quantity} × ${toMoney(line.unitPriceCents, order.currency)}`,
    amount: toMoney(line.quantity * line.unitPriceCents, order.currency),
  }));
  const total = toMoney(order.totalCents, order.currency);
  const cell =
    "padding:8px 0;border-bottom:1px solid #e1e4ea;font-size:14px;vertical-align:top;color:#1b1f27";
  const table = html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;margin:6px 0 4px">${lines.map(
    ({ name, detail, amount }) =>
      html`<tr><td style="${cell};overflow-wrap:anywhere">${name}<br><span style="font-size:12.5px;${mailStyles.faint}">${detail}</span></td><td align="right" style="${cell};white-space:nowrap;padding-left:16px">${amount}</td></tr>`,
  )}<tr><td style="padding:10px 0 0;font-size:15px;font-weight:600;color:#1b1f27">Total</td><td align="right" style="padding:10px 0 0 16px;font-size:15px;font-weight:600;white-space:nowrap;color:#1b1f27">${total}</td></tr></table>`;
  return toMail({
    order,
    subject: `We have your order ${order.orderNumber}`,
    tone: "info",
    label: "Order received",
    headline: `Thank you, ${order.customerName}. We have your order ${order.orderNumber}.`,
    sentences: ["The goods are reserved for you. We write again as soon as the order is confirmed."],
    table,
    tableText: [
      ...lines.map(
        ({ name, detail, amount }) => `${name.padEnd(TEXT_WIDTH)} ${amount.padStart(14)}\n  ${detail}`,
      ),
      `${"Total".padEnd(TEXT_WIDTH)} ${total.padStart(14)}`,
    ],
  });
}

/** "Your order goes ahead." */
export function toOrderConfirmedMail(order: Confirmed): MailContent {
  return toMail({
    order,
    subject: `Your order ${order.orderNumber} is confirmed`,
    tone: "good",
    label: "Order confirmed",
    headline: `Your order ${order.orderNumber} is confirmed.`,
    sentences: [`The goods worth ${toMoney(order.totalCents, order.currency)} leave our stock for you now.`],
  });
}

/** "Your order will not be delivered", with the reason if there is one. */
export function toOrderCancelledMail(order: Cancelled): MailContent {
  return toMail({
    order,
    subject: `Your order ${order.orderNumber} is cancelled`,
    tone: "warning",
    label: "Order cancelled",
    headline: `Your order ${order.orderNumber} is cancelled.`,
    sentences: [
      ...(order.reason === "" ? [] : [`The reason: ${order.reason}`]),
      `Nothing of it will be delivered, and nothing is to be paid (${toMoney(order.totalCents, order.currency)}).`,
    ],
  });
}

function toMail(parts: {
  order: { customerName: string };
  subject: string;
  tone: MailTone;
  label: string;
  headline: string;
  sentences: string[];
  table?: Html;
  tableText?: string[];
}): MailContent {
  const subject = parts.subject.replace(/\s+/g, " ");
  const closing = "Questions? Just answer this mail.";
  return {
    subject,
    text: [
      `Dear ${parts.order.customerName},`,
      "",
      parts.headline,
      ...(parts.tableText ? ["", ...parts.tableText] : []),
      "",
      ...parts.sentences,
      "",
      closing,
      "",
    ].join("\n"),
    html: toMailPage({
      subject,
      tone: parts.tone,
      label: parts.label,
      headline: parts.headline,
      body: html`${parts.table}${parts.sentences.map((sentence) => html`<p style="${mailStyles.paragraph};margin-top:14px">${sentence}</p>`)}`,
      footer: html`${closing}`,
    }),
  };
}

/** `1,234.50 EUR`. Whole cents in, no rounding. */
export function toMoney(cents: number, currency: string): string {
  const amount = (BigInt(cents) / 100n).toLocaleString("en");
  return `${amount}.${String(cents % 100).padStart(2, "0")} ${currency}`;
}
