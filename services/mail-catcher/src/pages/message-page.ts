import { type Html, html } from "@kontor/kit/html";
import type { Message } from "../mailbox/message.ts";
import { toSubject } from "./list-page.ts";
import { toPage } from "./page.ts";

/**
 * One mail. Its HTML is a foreign page: it is shown in a frame that may run nothing, and served with a policy that
 * loads nothing from elsewhere.
 */
export function toMessagePage(message: Message): Html {
  return toPage(
    toSubject(message),
    html`<header class="bar"><h1><a href="/">Mail</a></h1><nav><a href="/messages/${message.id}/source">Source</a></nav></header>
<main class="message">
<h2>${toSubject(message)}</h2>
<dl>
<dt>From</dt><dd>${message.from}</dd>
<dt>To</dt><dd>${message.to.join(", ")}</dd>
<dt>Received</dt><dd><time datetime="${message.receivedAt}">${message.receivedAt.slice(0, 19).replace("T", " ")} UTC</time></dd>
${message.messageId !== "" && html`<dt>Message-ID</dt><dd><code>${message.messageId}</code></dd>`}
${message.repeats > 0 && html`<dt>Repeats</dt><dd>${message.repeats} dropped</dd>`}
${message.attachments.length > 0 && html`<dt>Attached</dt><dd>${message.attachments.map(({ name, bytes }) => `${name} (${bytes} bytes)`).join(", ")}</dd>`}
</dl>
${message.html === "" ? toText(message, true) : html`${toFrame(message)}${toText(message, false)}`}
</main>`,
  );
}

function toFrame(message: Message): Html {
  return html`<iframe class="body" title="The mail as HTML" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" src="/messages/${message.id}/html"></iframe>`;
}

function toText(message: Message, isOpen: boolean): Html {
  const text = html`<pre class="text">${message.text === "" ? "(no text)" : message.text}</pre>`;
  return isOpen ? text : html`<details><summary>Plain text</summary>${text}</details>`;
}
