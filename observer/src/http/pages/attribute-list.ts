import { type Html, html } from "@kontor/kit/html";
import type { Attributes, AttributeValue } from "../../store/span-record.ts";

const rowsMax = 200;
const textMax = 4_000;

function toText(value: AttributeValue): string {
  if (typeof value === "string") return value;
  if (value === null) return "null";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Names and values by name. Long values are cut, long lists end with how many are left out. */
export function attributeList(attributes: Attributes): Html {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return html`<p class="faint">none</p>`;
  const rows = names.slice(0, rowsMax).map((name) => {
    const text = toText(attributes[name] ?? null);
    const shown = text.length > textMax ? `${text.slice(0, textMax)}… (${text.length} characters)` : text;
    const kind = typeof attributes[name] === "string" ? "text" : "value";
    return html`<div><dt>${name}</dt><dd class="${kind}">${shown}</dd></div>`;
  });
  const left = names.length - rowsMax;
  return html`<dl class="attributes">${rows}</dl>${left > 0 && html`<p class="faint">${left} more not shown</p>`}`;
}
