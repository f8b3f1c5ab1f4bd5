import { readFileSync } from "node:fs";
import type { Html } from "@kontor/kit/html";
import type { Express, Request, Response } from "express";
import { findMessage } from "../mailbox/mailbox.routes.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { toListPage } from "./list-page.ts";
import { toMessagePage } from "./message-page.ts";

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/** For the HTML of a mail: looks only, nothing that runs, nothing from elsewhere. */
const MAIL_POLICY =
  "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

const SHOWN_MAX = 200;

/** The mails for people: the list at `/`, each mail at `/messages/:id`, news at `/events`. */
export function addPages(
  app: Express,
  mailbox: Mailbox,
  options: { smtp: string; source(id: string): Promise<Buffer> },
): void {
  app.get("/", (req, res) => {
    const search = typeof req.query.search === "string" ? req.query.search.slice(0, 320) : "";
    const messages = findBySearch(mailbox, search);
    sendPage(
      res,
      toListPage(messages, { search, total: mailbox.size, smtp: options.smtp, nowMs: Date.now() }),
    );
  });
  app.get("/messages/:id", (req, res) => sendPage(res, toMessagePage(findMessage(mailbox, req.params.id))));
  app.get("/messages/:id/html", (req, res) => {
    const { html } = findMessage(mailbox, req.params.id);
    // Links open beside the catcher, not inside of the frame.
    const body = `<base target="_blank">${html}`;
    res
      .set({ "Content-Security-Policy": MAIL_POLICY, "Referrer-Policy": "no-referrer" })
      .type("html")
      .send(body);
  });
  app.get("/messages/:id/source", async (req, res) => {
    const { id } = findMessage(mailbox, req.params.id);
    res.type("text/plain; charset=utf-8").send(await options.source(id));
  });
  for (const [name, type] of [
    ["catcher.css", "css"],
    ["catcher.js", "js"],
  ] as const) {
    const text = readFileSync(new URL(name, import.meta.url), "utf8");
    app.get(
      `/assets/${name}`,
      (_req, res) => void res.set("Cache-Control", "no-cache").type(type).send(text),
    );
  }
  app.get("/events", (req, res) => streamChanges(mailbox, req, res));
}

function findBySearch(mailbox: Mailbox, search: string) {
  if (search === "") return mailbox.list({}, SHOWN_MAX);
  const found = new Map([
    ...mailbox.list({ subject: search }, SHOWN_MAX).map((message) => [message.id, message] as const),
    ...mailbox.list({ to: search }, SHOWN_MAX).map((message) => [message.id, message] as const),
  ]);
  return [...found.values()].sort((a, b) => b.id.localeCompare(a.id)).slice(0, SHOWN_MAX);
}

function sendPage(res: Response, page: Html): void {
  res
    .set({ "Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store" })
    .type("html")
    .send(String(page));
}

/** Server-sent events: an empty message says that something has changed. */
function streamChanges(mailbox: Mailbox, req: Request, res: Response): void {
  res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-store" }).flushHeaders();
  res.write("retry: 2000\n\n");
  const subscription = mailbox.onChange(() => res.write("data: changed\n\n"));
  req.on("close", () => subscription[Symbol.dispose]());
}
