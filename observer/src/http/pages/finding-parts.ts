import { type Html, html } from "@kontor/kit/html";
import type { DetectorName, FindingState } from "../../diagnosis/finding.ts";
import { path } from "./page-path.ts";

const detectorLabels: Record<DetectorName, string> = {
  "n-plus-one-sql": "N+1 SQL",
  "repeating-sequence": "Repeating sequence",
  "redundant-sql": "Redundant SQL",
  "n-plus-one-http": "N+1 HTTP",
  "slow-sql": "Slow SQL",
  "serial-calls": "Serial calls",
  "chatty-calls": "Chatty",
  "large-payload": "Large payload",
  "slowdown-source": "Slowdown",
};

export function detectorLabel(detector: DetectorName): string {
  return detectorLabels[detector] ?? detector;
}

/** What kind of fault, as a small mark. */
export function detectorBadge(detector: DetectorName): Html {
  return html`<span class="badge warn">${detectorLabel(detector)}</span>`;
}

const stateTones: Record<FindingState, string> = {
  ...{ open: "bad", reopened: "bad", acknowledged: "plain" },
  ...{ applied: "warn", validated: "good", resolved: "good" },
};

export function findingState(state: FindingState): Html {
  return html`<span class="pill ${stateTones[state]}">${state}</span>`;
}

/** A recommendation as prose, with what stands between backticks as code. */
export function prose(text: string): Html {
  const parts = text
    .split("`")
    .map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
  return html`${parts}`;
}

export function findingHref(fingerprint: string): string {
  return path`/findings/${fingerprint}`;
}

export function traceHref(traceId: string): string {
  return path`/traces/${traceId}`;
}

const breakBefore =
  /\s+(?=(?:from|where|and|or|left join|right join|inner join|join|group by|having|order by|limit|offset|returning|values|set|on conflict|union|for update)\b)/g;

/** SQL with a line for each clause. Only white space is changed. */
export function statementBlock(statement: string): Html {
  return html`<pre class="statement" tabindex="0" aria-label="Statement"><code>${statement.replace(breakBefore, "\n")}</code></pre>`;
}
