import { type Html, html } from "@kontor/kit/html";
import type { Message } from "../mailbox/message.ts";
import { toAge, toPage } from "./page.ts";

const PREVIEW_LENGTH = 140;

/** Every mail, newest first, with a word on what it says. */
export function toListPage(
  messages: Message[],
  options: { search: string; total: number; smtp: string; nowMs: number },
): Html {
  const { search, total, smtp, nowMs } = options;
  return toPage(
    total === 0 ? "Mail" : `Mail (${total})`,
    html`<header class="bar">
<h1><a href="/">Mail</a></h1>
<form role="search" action="/"><input type="search" name="search" value="${search}" placeholder="Search subject or receiver" aria-label="Search subject or receiver"></form>
<span class="count">${total} ${total === 1 ? "message" : "messages"}</span>
</header>
<main data-live>${messages.length === 0 ? toEmpty(search, smtp) : html`<ol class="mails">${messages.map((message) => toItem(message, nowMs))}</ol>`}</main>`,
  );
}

function toItem(message: Message, nowMs: number): Html {
  return html`<li><a class="mail" href="/messages/${message.id}">
<span class="subject">${toSubject(message)}${message.repeats > 0 && html` <span class="tag" title="The same mail came again and was dropped">+${message.repeats}</span>`}</span>
<time datetime="${message.receivedAt}" title="${message.receivedAt}">${toAge(message.receivedAt, nowMs)}</time>
<span class="who">${message.from} → ${message.to.join(", ")}</span>
<span class="preview">${toPreview(message.text)}</span>
</a></li>`;
}

function toEmpty(search: string, smtp: string): Html {
  if (search !== "")
    return html`<p class="empty">Nothing has “${search}” in its subject or among its receivers.</p>`;
  return html`<p class="empty">No mail yet. Whatever is sent to <code>${smtp}</code> shows up here.</p>`;
}

export function toSubject(message: Message): string {
  return message.subject.trim() === "" ? "(no subject)" : message.subject;
}

function toPreview(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > PREVIEW_LENGTH ? `${flat.slice(0, PREVIEW_LENGTH)}…` : flat;
}
