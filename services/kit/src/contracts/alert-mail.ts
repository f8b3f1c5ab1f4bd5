import { type Html, html, toSafeHref } from "../html.ts";
import {
  type MailContent,
  type MailTone,
  mailStyles,
  toButtons,
  toFactTable,
  toMailPage,
  toRichText,
} from "../mail-layout.ts";
import {
  type AlertNews,
  type AlertPayload,
  readNews,
  toBreachWord,
  toMeasureName,
  toSentence,
  toShortMeasureName,
  toSubjectLine,
  toSubjectName,
  toTimeText,
  toValueText,
} from "./alert-words.ts";

/**
 * The mail about an alert, the same whoever sends it: what is wrong in one sentence, what explains it, where to look,
 * what to do. All text of others (routes, statements, titles) is escaped.
 */
export function toAlertMail(alert: AlertPayload): MailContent {
  const subject = toSubjectLine(alert);
  const headline = toSentence(alert);
  const facts = toFacts(alert);
  const related = toRelated(alert);
  const links = toLinks(alert);
  const steps = toSteps(alert);
  const news = readNews(alert);
  return {
    subject,
    text: toText({ alert, headline, facts, related, links, steps }),
    html: toMailPage({
      subject,
      tone: toTone(alert, news),
      label: toLabel(alert, news),
      headline,
      body: html`${toFactTable(facts)}${toFindingsHtml(alert)}${toListHtml("Also affected", related)}${toButtons(links)}${toListHtml(news === "resolved" ? "Afterwards" : "What to do", steps)}`,
      footer: html`Sent by Kontor's observer because rule <code>${alert.rule}</code> of observer_config.json says so. Alert ${alert.fingerprint}.`,
    }),
  };
}

function toTone(alert: AlertPayload, news: AlertNews): MailTone {
  return news === "resolved" ? "good" : alert.severity;
}

const LABELS: Record<AlertNews, string> = {
  firing: "alert",
  noData: "no data",
  error: "not judged",
  resolved: "resolved",
  repeated: "still firing",
  explained: "explained",
  none: "alert",
};

function toLabel(alert: AlertPayload, news: AlertNews): string {
  return news === "resolved" ? "Resolved" : `${alert.severity} · ${LABELS[news]}`;
}

function toFacts(alert: AlertPayload): [string, string][] {
  const facts: [string, string | undefined][] = [
    ["Service", alert.service],
    ["Endpoint", alert.endpoint ?? undefined],
    ["Namespace", alert.namespace === "" ? undefined : alert.namespace],
    ["Environment", alert.environment === "default" ? undefined : alert.environment],
    [
      "Measured",
      alert.observed === null
        ? undefined
        : `${toMeasureName(alert.rule)} ${toValueText(alert.observed, alert.unit)}`,
    ],
    [
      "Limit",
      `${toBreachWord(alert.rule) === "over" ? "at most" : "at least"} ${toValueText(alert.limit, alert.unit)} (${alert.rule})`,
    ],
    ["Since", toTimeText(alert.sinceAt)],
    ["Resolved", alert.resolvedAt === null ? undefined : toTimeText(alert.resolvedAt)],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function toRelated(alert: AlertPayload): string[] {
  const lines = (alert.related ?? []).map((other) => {
    const limit = toValueText(other.limit, other.unit);
    const observed = other.observed === null ? "" : ` ${toValueText(other.observed, other.unit)}`;
    return `${toSubjectName(other)}: ${toShortMeasureName(other.rule)}${observed}, limit ${limit}`;
  });
  const omitted = alert.relatedOmitted ?? 0;
  return omitted === 0 ? lines : [...lines, `and ${omitted} more`];
}

function toLinks({ links }: AlertPayload): { label: string; url: string }[] {
  const all: [string, string | null | undefined][] = [
    ["Open the alert", links.alert],
    ["Open a trace that shows it", links.trace],
    ["The trace in Jaeger", links.jaeger],
    ["Its log lines", links.logs],
  ];
  return all.flatMap(([label, url]) => (typeof url === "string" ? [{ label, url }] : []));
}

function toSteps(alert: AlertPayload): string[] {
  const hasFinding = alert.findings.length > 0;
  switch (readNews(alert)) {
    case "resolved":
      return hasFinding
        ? ["Mend what is explained above all the same: it comes back with the next load."]
        : ["See in the alert which deployment or load it went along with."];
    case "noData":
      return [
        `See whether ${alert.service} runs and answers.`,
        "See whether its telemetry arrives: the exporter's address, the collector, the observer's counters of what it refused.",
        "Was it switched off on purpose? Take it out of observer_config.json, or silence the alert.",
      ];
    case "error":
      return [
        "See whether the source of the signals (observer, Prometheus, InfluxDB) can be asked.",
        "Until it can, nobody knows whether this limit is kept.",
      ];
    default:
      return [
        ...(hasFinding ? ["Begin with the first explanation above: it names the place in the code."] : []),
        alert.links.trace === null
          ? "Open the alert: it shows the traces of this endpoint as they arrive."
          : "Open the trace: the longest bar is where the time goes.",
        "Was there a deployment just before? Roll it back first, and look for the cause afterwards.",
        "Cannot be mended now? Silence the alert with a reason and an end.",
      ];
  }
}

function toFindingsHtml({ findings }: AlertPayload): Html | undefined {
  if (findings.length === 0) return undefined;
  const items = findings.map(
    ({ title, recommendation, url }) =>
      html`<div style="margin:0 0 10px;padding:12px 14px;border:1px solid #e1e4ea;border-left:3px solid #0b5fc4;border-radius:6px"><p style="margin:0 0 6px;font-size:14px;font-weight:600;overflow-wrap:anywhere"><a href="${toSafeHref(url)}" style="color:#1b1f27">${title}</a></p><p style="margin:0;font-size:13.5px;line-height:1.55;color:#1b1f27;overflow-wrap:anywhere">${toRichText(recommendation)}</p></div>`,
  );
  return html`<h2 style="${mailStyles.heading}">What explains it</h2>${items}`;
}

function toListHtml(heading: string, lines: readonly string[]): Html | undefined {
  if (lines.length === 0) return undefined;
  const items = lines.map((line) => html`<li style="margin:0 0 4px">${line}</li>`);
  return html`<h2 style="${mailStyles.heading}">${heading}</h2><ul style="margin:0;padding:0 0 0 20px;font-size:14px;line-height:1.5;color:#1b1f27;overflow-wrap:anywhere">${items}</ul>`;
}

function toText(parts: {
  alert: AlertPayload;
  headline: string;
  facts: [string, string][];
  related: string[];
  links: { label: string; url: string }[];
  steps: string[];
}): string {
  const { alert, headline, facts, related, links, steps } = parts;
  const width = Math.max(...facts.map(([name]) => name.length));
  const section = (heading: string, lines: string[]) =>
    lines.length === 0 ? [] : ["", heading.toUpperCase(), ...lines];
  const findings = alert.findings.flatMap(({ title, recommendation, url }, index) => [
    ...(index === 0 ? [] : [""]),
    `${index + 1}. ${title}`,
    ...recommendation.split("\n").map((line) => `   ${line}`),
    `   ${url}`,
  ]);
  return [
    headline,
    "",
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    ...section("What explains it", findings),
    ...section(
      "Also affected",
      related.map((line) => `- ${line}`),
    ),
    ...section(
      "Where to look",
      links.map(({ label, url }) => `${label}:\n${url}`),
    ),
    ...section(
      readNews(alert) === "resolved" ? "Afterwards" : "What to do",
      steps.map((step) => `- ${step}`),
    ),
    "",
    "-- ",
    `Sent by Kontor's observer: rule ${alert.rule}, alert ${alert.fingerprint}.`,
    "",
  ].join("\n");
}
