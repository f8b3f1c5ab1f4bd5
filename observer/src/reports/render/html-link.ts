import { type Html, html, toSafeHref } from "@kontor/kit/html";

/** A link; an address that is not of the web leads nowhere. */
export function link(text: string, url: string): Html {
  return html`<a href="${toSafeHref(url)}">${text}</a>`;
}
