import { type Html, html } from "@kontor/kit/html";
import type { OutsideLinks, TimeRange } from "../../alerts/outside-links.ts";

/** The ways to a trace in Jaeger and to its log lines in Loki; nothing where neither is there. */
export function outsideTraceLinks(outside: OutsideLinks, traceId: string, range: TimeRange): Html | false {
  const trace = outside.trace(traceId);
  const logs = outside.traceLogs(traceId, range);
  if (trace === undefined && logs === undefined) return false;
  return html`<span class="links">${outsideLink("Jaeger", trace)} ${outsideLink("Logs", logs)}</span>`;
}

/** A link that leaves the observer. */
export function outsideLink(text: string, href: string | undefined): Html | false {
  return href !== undefined && html`<a href="${href}" rel="noreferrer">${text}</a>`;
}
