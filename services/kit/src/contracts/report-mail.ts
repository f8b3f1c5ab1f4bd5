import { type Html, html, toSafeHref } from "../html.ts";
import {
  type MailContent,
  type MailTone,
  mailStyles,
  toButtons,
  toFactTable,
  toMailPage,
} from "../mail-layout.ts";
import { toTimeText } from "./alert-words.ts";
import type { ReportPayload } from "./reports.ts";

const names: Record<ReportPayload["report"], string> = { optimisation: "Optimisation report" };
const tones: Record<ReportPayload["tone"], MailTone> = {
  ...{ bad: "critical", warn: "warning", good: "good", unknown: "info" },
};

/** The mail with a report, the same whoever sends it: what hurts most, the figures, where the whole report is. */
export function toReportMail(report: ReportPayload): MailContent {
  const subject = toSubject(report);
  const period = `${toTimeText(report.from)} to ${toTimeText(report.to)}`;
  const facts: [string, string][] = [
    ["Period", period],
    ...report.figures.map(({ label, value, note }): [string, string] => [
      label,
      note === "" ? value : `${value} (${note})`,
    ]),
  ];
  const attached =
    report.attachment === null ? undefined : `The whole report is attached: ${report.attachment.name}.`;
  return {
    subject,
    text: toText(report, facts, attached),
    html: toMailPage({
      subject,
      tone: tones[report.tone],
      label: names[report.report],
      headline: report.headline,
      body: html`${toFactTable(facts)}${toItems(report)}${attached !== undefined && html`<p style="${mailStyles.paragraph};margin-top:18px">${attached}</p>`}${toButtons([{ label: "Open the report", url: report.url }])}`,
      footer: html`Sent by Kontor's observer: schedule <code>${report.schedule}</code> of observer_config.json.`,
    }),
  };
}

/** One line, whatever a route is called. */
function toSubject({ report, from, to, headline }: ReportPayload): string {
  const days = `${from.slice(0, 10)} to ${to.slice(0, 10)}`;
  return `${names[report]}, ${days}: ${headline}`.replace(/\s+/g, " ").slice(0, 200);
}

function toItems({ items }: ReportPayload): Html | undefined {
  if (items.length === 0) return undefined;
  const rows = items.map(
    ({ title, text, url }) =>
      html`<li style="margin:0 0 8px"><a href="${toSafeHref(url)}" style="color:#1b1f27;font-weight:600">${title}</a><br><span style="${mailStyles.faint}">${text}</span></li>`,
  );
  return html`<h2 style="${mailStyles.heading}">What costs most</h2><ol style="margin:0;padding:0 0 0 20px;font-size:14px;line-height:1.5;color:#1b1f27;overflow-wrap:anywhere">${rows}</ol>`;
}

function toText(
  { headline, items, url, schedule }: ReportPayload,
  facts: readonly (readonly [string, string])[],
  attached: string | undefined,
): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  const costs = items.flatMap(({ title, text, url: address }, index) => [
    `${index + 1}. ${title}`,
    `   ${text}`,
    `   ${address}`,
  ]);
  return [
    headline,
    "",
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    ...(costs.length === 0 ? [] : ["", "WHAT COSTS MOST", ...costs]),
    "",
    "Open the report:",
    url,
    ...(attached === undefined ? [] : ["", attached]),
    "",
    "-- ",
    `Sent by Kontor's observer: schedule ${schedule} of observer_config.json.`,
    "",
  ].join("\n");
}
