import { type Html, html, toSafeHref } from "./html.ts";

/** A mail before it has a sender and a receiver. Both parts say the same. */
export type MailContent = { subject: string; text: string; html: string };

/** Colours a mail is tinted by. Dark ones, for white letters on them. */
export type MailTone = "critical" | "warning" | "info" | "good";

const TONES: Record<MailTone, string> = {
  critical: "#b3261e",
  warning: "#8a5a00",
  info: "#0b5fc4",
  good: "#1b6e3c",
};

/** Mail programs know little CSS and drop what stands in the head, so what matters is in the elements themselves. */
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
export const mailStyles = {
  heading: "margin:26px 0 8px;font-size:14px;font-weight:600;color:#1b1f27",
  paragraph: "margin:0 0 10px;font-size:14px;line-height:1.55;color:#1b1f27",
  faint: "color:#5d6675",
  code: "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12.5px;background:#f2f4f7;border-radius:4px;padding:1px 4px;overflow-wrap:anywhere",
} as const;

/**
 * The frame of every mail.
 *
 * @param options.label small words above the headline, on the tone's colour
 * @param options.headline what the mail is about, in one sentence
 * @param options.footer why the receiver has it
 */
export function toMailPage(options: {
  subject: string;
  tone: MailTone;
  label: string;
  headline: string;
  body: Html;
  footer: Html;
}): string {
  const color = TONES[options.tone];
  return String(html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light"><title>${options.subject}</title></head>
<body style="margin:0;padding:0;background:#f2f4f7">
<div style="display:none;max-height:0;overflow:hidden">${options.headline}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border:1px solid #e1e4ea;border-radius:10px;border-collapse:separate;overflow:hidden;${FONT}">
<tr><td style="padding:9px 28px;background:${color};color:#ffffff;font-size:12px;font-weight:600;letter-spacing:.06em;text-transform:uppercase">${options.label}</td></tr>
<tr><td style="padding:22px 28px 26px">
<p style="margin:0 0 18px;font-size:18px;line-height:1.4;font-weight:600;color:#1b1f27;overflow-wrap:anywhere">${options.headline}</p>
${options.body}
</td></tr>
<tr><td style="padding:14px 28px;border-top:1px solid #e1e4ea;font-size:12px;line-height:1.5;color:#5d6675;overflow-wrap:anywhere">${options.footer}</td></tr>
</table>
</td></tr></table>
</body></html>`);
}

/** Names and values side by side. */
export function toFactTable(facts: readonly (readonly [name: string, value: string | Html])[]): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" style="border-collapse:collapse">${facts.map(
    ([name, value]) =>
      html`<tr><td style="padding:2px 18px 2px 0;font-size:13px;vertical-align:top;white-space:nowrap;${mailStyles.faint}">${name}</td><td style="padding:2px 0;font-size:13px;color:#1b1f27;overflow-wrap:anywhere">${value}</td></tr>`,
  )}</table>`;
}

/** Links that look like what they are for; the first is the main one. */
export function toButtons(links: readonly { label: string; url: string }[]): Html {
  return html`<p style="margin:22px 0 0">${links.map(({ label, url }, index) => {
    const look =
      index === 0
        ? "background:#0b5fc4;color:#ffffff;border:1px solid #0b5fc4"
        : "background:#ffffff;color:#0b5fc4;border:1px solid #c7cdd8";
    return html`<a href="${toSafeHref(url)}" style="display:inline-block;margin:0 8px 8px 0;padding:9px 16px;border-radius:6px;font-size:14px;font-weight:600;text-decoration:none;${look}">${label}</a>`;
  })}</p>`;
}

/** Text with \`code\` between backticks and its own line breaks, escaped. */
export function toRichText(text: string): Html {
  const parts = text
    .split("`")
    .map((part, index) =>
      index % 2 === 1
        ? html`<code style="${mailStyles.code}">${part}</code>`
        : html`${part.split("\n").map((line, row) => (row === 0 ? html`${line}` : html`<br>${line}`))}`,
    );
  return html`${parts}`;
}
