import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type NextFunction, type Request, type Response, Router } from "express";
import type { Explanation } from "../../diagnosis/diagnosis.ts";
import type { SpanRecord } from "../../store/span-record.ts";
import type { AlertQueries } from "../api/alerts.routes.ts";
import type { FindingQueries } from "../api/findings.routes.ts";
import { type AlertsView, alertsPage, alertViews, statesOfView } from "./alerts-page.ts";
import { findingPage, findingStates, findingsPage } from "./findings-page.ts";
import { type Html, html } from "./html.ts";
import { emptyState, type PlaceId, renderPage } from "./layout.ts";
import { tracePage } from "./trace-page.ts";

/** What the pages read. The same functions answer the API. */
export interface PageDeps
  extends Pick<FindingQueries, "listFindings" | "getFinding">,
    Pick<AlertQueries, "listAlerts"> {
  now(): number;
  /** Empty for an unknown id. */
  getTrace(traceId: string): Promise<readonly SpanRecord[]>;
  explain(spans: readonly SpanRecord[]): Explanation;
  /** The latency limit of a route in ms; undefined where there is none. */
  latencyLimitMs(service: string, route: string): number | undefined;
}

interface Rendered {
  readonly title: string;
  readonly body: Html;
  readonly place?: PlaceId;
  readonly wide?: boolean;
  readonly status?: number;
}

const styleFiles = ["tokens.css", "layout.css", "parts.css", "waterfall.css"] as const;
const listMax = 500;
const yearSeconds = 31_536_000;

/** Nothing from elsewhere, no script but our own files, no inline style, no frame around us. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

function notFound(what: string, id: string): Rendered {
  const text = `There is no ${what} ${id} here, or not any more: traces are kept as long as their retention says.`;
  return {
    title: "Not found",
    status: 404,
    body: html`<h1>Not found</h1>${emptyState(`No such ${what}`, text)}`,
  };
}

function queryText(request: Request, name: string): string | undefined {
  const value = request.query[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function oneOf<T extends string>(allowed: readonly T[], value: string | undefined): T | undefined {
  return allowed.find((one) => one === value);
}

/** The pages for people: `/alerts`, `/findings`, `/traces/:id` and what they need under `/assets`. Without state of its own. */
export function createPageRoutes(deps: PageDeps): Router {
  const style = styleFiles
    .map((file) => readFileSync(new URL(`./assets/${file}`, import.meta.url), "utf8"))
    .join("\n");
  const icon = readFileSync(new URL("./assets/kontor.svg", import.meta.url), "utf8");
  const styleVersion = createHash("sha256").update(style).digest("hex").slice(0, 12);
  const router = Router();

  async function navigationCounts() {
    const [alerts, findings] = await Promise.all([
      deps.listAlerts({ states: ["firing"], limit: listMax }),
      deps.listFindings({ state: "open", limit: listMax }),
    ]);
    return { alerts: alerts.length, findings: findings.length };
  }

  function page(address: string, render: (request: Request) => Promise<Rendered> | Rendered): void {
    router.get(address, (request: Request, response: Response, next: NextFunction) => {
      Promise.all([render(request), navigationCounts()])
        .then(([rendered, counts]) => {
          response
            .status(rendered.status ?? 200)
            .set("Content-Security-Policy", contentSecurityPolicy)
            .set("Cache-Control", "no-store")
            .set("Referrer-Policy", "same-origin")
            .type("html")
            .send(renderPage({ place: undefined, ...rendered, counts, styleVersion }));
        })
        .catch(next);
    });
  }

  function asset(address: string, type: string, text: string): void {
    router.get(address, (_request, response) => {
      response.set("Cache-Control", `public, max-age=${yearSeconds}, immutable`).type(type).send(text);
    });
  }

  asset("/assets/kontor.css", "css", style);
  asset("/assets/kontor.svg", "svg", icon);

  page("/alerts", async (request) => {
    const view: AlertsView = oneOf(alertViews, queryText(request, "view")) ?? "current";
    const states = statesOfView(view);
    const alerts = await deps.listAlerts({ states, limit: listMax });
    return { ...alertsPage({ alerts, view, nowMs: deps.now() }), place: "alerts" };
  });

  page("/findings", async (request) => {
    const state = oneOf(findingStates, queryText(request, "state"));
    const findings = await deps.listFindings({ state, limit: listMax });
    return { ...findingsPage({ findings, state, nowMs: deps.now() }), place: "findings" };
  });

  page("/findings/:fingerprint", async (request) => {
    const fingerprint = String(request.params.fingerprint);
    const finding = await deps.getFinding(fingerprint);
    if (finding === undefined) return { ...notFound("finding", fingerprint), place: "findings" };
    return { ...findingPage(finding, deps.now()), place: "findings" };
  });

  page("/traces/:traceId", async (request) => {
    const traceId = String(request.params.traceId).toLowerCase();
    const spans = /^[0-9a-f]{32}$/.test(traceId) ? await deps.getTrace(traceId) : [];
    if (spans.length === 0) return { ...notFound("trace", traceId), place: "traces" };
    const explanation = deps.explain(spans);
    return {
      ...tracePage({ spans, explanation, latencyLimitMs: deps.latencyLimitMs }),
      place: "traces",
      wide: true,
    };
  });

  router.get("/go", (request, response) => {
    const id = (queryText(request, "id") ?? "").trim().toLowerCase();
    const place = /^[0-9a-f]{16}$/.test(id) ? "findings" : "traces";
    response.redirect(303, `/${place}/${encodeURIComponent(id)}`);
  });

  return router;
}
