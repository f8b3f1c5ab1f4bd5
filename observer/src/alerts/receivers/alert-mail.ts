import { formatValue } from "../format-value.ts";
import type { AlertEvent } from "./alert-event.ts";

/** The mail the observer writes itself: text alone, because it is read when much else is broken. */
export function toAlertMail(event: AlertEvent): { subject: string; text: string } {
  const about = toOneLine(
    [event.service, event.endpoint].filter((part) => part !== null && part !== "").join(" "),
  );
  const more = (event.related?.length ?? 0) + (event.relatedOmitted ?? 0);
  const subject = `[${toHeadline(event)}] ${about}: ${event.rule}${more > 0 ? ` and ${more} more` : ""}`;
  const lines = [
    `${toHeadline(event)}: ${about}`,
    "",
    `Rule: ${event.rule}, ${event.severity}`,
    `Observed: ${event.observed === null ? "nothing" : formatValue(event.observed, event.unit)}, limit ${formatValue(event.limit, event.unit)}`,
    `Since: ${event.sinceAt}`,
    ...(event.resolvedAt === null ? [] : [`Over: ${event.resolvedAt}`]),
    ...(event.reason ? [`Reason: ${event.reason}`] : []),
    `Environment: ${[event.environment, event.namespace].filter((part) => part !== "").join(", ")}`,
    "",
    ...event.findings.flatMap(({ title, recommendation, url }) => [
      `Finding: ${title}`,
      recommendation,
      url,
      "",
    ]),
    ...listRelated(event),
    `Alert: ${event.links.alert}`,
    ...(event.links.trace === null ? [] : [`Trace: ${event.links.trace}`]),
    "",
    "Sent by the observer itself.",
  ];
  return { subject: toOneLine(subject), text: `${lines.join("\n")}\n` };
}

function toHeadline(event: AlertEvent): string {
  if (event.update === "explained") return "EXPLAINED";
  if (event.update === "repeated") return "STILL FIRING";
  if (event.to === "firing") return "FIRING";
  if (event.to === "noData") return "NO DATA";
  if (event.to === "error") return "CANNOT READ";
  return "RESOLVED";
}

function listRelated({ related = [], relatedOmitted = 0 }: AlertEvent): string[] {
  if (related.length === 0) return [];
  const lines = related.map((alert) => {
    const value = alert.observed === null ? "" : `, ${formatValue(alert.observed, alert.unit)}`;
    return `- ${alert.service} ${alert.endpoint ?? ""} ${alert.rule}${value}, limit ${formatValue(alert.limit, alert.unit)}`;
  });
  const omitted = relatedOmitted > 0 ? [`- and ${relatedOmitted} more`] : [];
  return ["At the same time:", ...lines, ...omitted, ""];
}

/** What a route or a service is called must neither end a header nor look like a line of ours. */
function toOneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 300);
}
