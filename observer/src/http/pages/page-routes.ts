import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AppError } from "@kontor/kit/errors";
import { html } from "@kontor/kit/html";
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from "express";
import { unsolvedStates } from "../../diagnosis/finding.ts";
import { type ChangeDeps, changeForms, type SeeOther } from "./change-forms.ts";
import { emptyState, renderPage } from "./layout.ts";
import { renderPages } from "./pages.ts";
import type { Rendered } from "./rendered.ts";

const styleFiles = [
  "tokens",
  "layout",
  "cards",
  "parts",
  "filters",
  "forms",
  "charts",
  "tables",
  "waterfall",
  "span-panel",
  "report",
  "service-map",
] as const;
const countedMax = 500;
const yearSeconds = 31_536_000;
const formBytesMax = 32_768;

/** Nothing from elsewhere, no script but our own files, no inline style, no frame around us. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

function readAsset(file: string): string {
  return readFileSync(new URL(`./assets/${file}`, import.meta.url), "utf8");
}

function readUplot(file: string): string {
  const entry = createRequire(import.meta.url).resolve("uplot");
  return readFileSync(join(dirname(entry), file), "utf8");
}

/** An expected failure as a page; a bug goes on to the app, which logs it and answers 500. */
function toFailedPage(error: unknown): Rendered {
  if (!(error instanceof AppError)) throw error;
  const body = html`<header class="page-head"><h1>Not to be had now</h1></header>${emptyState(error.code, error.message)}`;
  return { title: "Not to be had now", place: undefined, status: error.status, body, live: true };
}

export interface PageRouteDeps extends ChangeDeps {
  /** Tells open pages that something changed. */
  readonly streamChanges: RequestHandler;
}

/**
 * The pages for people and what they need under `/assets`. Without state of its own; every page is read anew. Mounted before the API of
 * the same app, whose paths begin with `/api`, `/health` or `/v1`.
 */
export function createPageRoutes(deps: PageRouteDeps): Router {
  const style = styleFiles.map((name) => readAsset(`${name}.css`)).join("\n");
  const styleVersion = createHash("sha256").update(style).digest("hex").slice(0, 12);
  const router = Router();

  /** Marks beside the navigation. What cannot be read has none: a trace can be looked at while the database is away. */
  async function navigationCounts() {
    const count = (list: Promise<readonly unknown[]>): Promise<number> =>
      list.then(({ length }) => length).catch(() => 0);
    const [alerts, findings] = await Promise.all([
      count(deps.listAlerts({ states: ["firing"], limit: countedMax })),
      count(deps.listFindings({ states: unsolvedStates, limit: countedMax })),
    ]);
    return { alerts, findings };
  }

  async function answer(
    render: (request: Request, response: Response) => Promise<Rendered | SeeOther>,
    request: Request,
    response: Response,
  ): Promise<void> {
    const rendered = await render(request, response).catch(toFailedPage);
    if ("seeOther" in rendered) {
      response.redirect(303, rendered.seeOther);
      return;
    }
    const counts = await navigationCounts();
    // The answer to a form would be replaced by the page of its address.
    const live = rendered.live === true && request.method !== "POST";
    response
      .status(rendered.status ?? 200)
      .set("Content-Security-Policy", contentSecurityPolicy)
      .set("Cache-Control", "no-store")
      .set("Referrer-Policy", "same-origin")
      .set("X-Content-Type-Options", "nosniff")
      .type("html")
      .send(renderPage({ ...rendered, live, counts, styleVersion }));
  }

  for (const [address, render] of Object.entries(renderPages(deps))) {
    router.get(address, (request: Request, response: Response, next: NextFunction) => {
      answer(render, request, response).catch(next);
    });
  }

  const readBody = express.urlencoded({ extended: false, limit: formBytesMax, parameterLimit: 50 });
  for (const [address, submit] of Object.entries(changeForms(deps))) {
    router.post(address, readBody, (request: Request, response: Response, next: NextFunction) => {
      answer(submit, request, response).catch(next);
    });
  }

  router.get("/events", deps.streamChanges);

  const assets = {
    "kontor.css": ["css", style],
    "kontor.svg": ["svg", readAsset("kontor.svg")],
    "live.js": ["js", readAsset("live.js")],
    "charts.js": ["js", readAsset("charts.js")],
    // uPlot's own files, as they are installed.
    "uplot.js": ["js", readUplot("uPlot.esm.js")],
    "uplot.css": ["css", readUplot("uPlot.min.css")],
  };
  for (const [name, [type = "", text = ""]] of Object.entries(assets)) {
    // Only the style sheet carries its version in its address.
    const maxAgeSeconds = name === "kontor.css" ? yearSeconds : 300;
    router.get(`/assets/${name}`, (_request, response) => {
      response
        .set("Cache-Control", `public, max-age=${maxAgeSeconds}`)
        .set("X-Content-Type-Options", "nosniff")
        .type(type)
        .send(text);
    });
  }

  router.get("/go", (request, response) => {
    const id = String(request.query.id ?? "")
      .trim()
      .toLowerCase();
    response.redirect(
      303,
      `/${/^[0-9a-f]{16}$/.test(id) ? "findings" : "traces"}/${encodeURIComponent(id === "" ? "-" : id)}`,
    );
  });

  return router;
}
