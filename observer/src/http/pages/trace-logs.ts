import { type Html, html } from "@kontor/kit/html";
import type { LogRecordView } from "../api/span-view.ts";
import { formatCount, many } from "./page-formats.ts";

const rowsMax = 300;
const tones: readonly (readonly [RegExp, string])[] = [
  [/^(?:error|fatal)/i, "bad"],
  [/^warn/i, "warn"],
];

function toText(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** The log records written while the trace ran, by time; each leads to the span it was written in. */
export function traceLogs(logs: readonly LogRecordView[], colourOf: (service: string) => string): Html {
  if (logs.length === 0) return html``;
  const rows = logs.slice(0, rowsMax).map((log) => {
    const tone = tones.find(([pattern]) => pattern.test(log.severity))?.[1] ?? "plain";
    const span = log.spanId !== null && html`<a href="#s-${log.spanId}">span</a>`;
    return html`<tr><td class="mono">${log.time.slice(11, 23)}</td><td><span class="badge ${tone}">${log.severity}</span></td><td><span class="chip ${colourOf(log.service)}"></span> ${log.service}</td><td class="log-body mono">${toText(log.body)}</td><td>${span}</td></tr>`;
  });
  const left = logs.length - rows.length;
  return html`<section class="block" aria-labelledby="logs"><h2 id="logs">${many(logs.length, "log record")}</h2><div class="table-scroll" tabindex="0" role="region" aria-label="Log records"><table><thead><tr><th>Time</th><th>Severity</th><th>Service</th><th>Message</th><th>Where</th></tr></thead><tbody>${rows}</tbody></table></div>${left > 0 && html`<p class="more">${formatCount(left)} more not shown</p>`}</section>`;
}
