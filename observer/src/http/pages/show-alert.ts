import { AppError } from "@kontor/kit/errors";
import { html } from "@kontor/kit/html";
import type { Request } from "express";
import type { AlertTransition } from "../../alerts/alert.ts";
import { findLimitDefinition } from "../../config/limit-keys.ts";
import { alertPage } from "./alert-page.ts";
import { ruleLabel } from "./alerts-page.ts";
import { chartRanges, chartSection } from "./charts.ts";
import { path } from "./page-path.ts";
import { oneOf, parameter, queryText } from "./page-request.ts";
import type { PageDeps } from "./pages.ts";
import { notFound, type Rendered } from "./rendered.ts";

/** One alert by its fingerprint, as mails link to it. One that is over is known from what is kept of it. */
export async function showAlert(deps: PageDeps, request: Request): Promise<Rendered> {
  const fingerprint = parameter(request, "fingerprint");
  const [active, transitions] = await Promise.all([
    deps.getAlert(fingerprint),
    readTransitions(deps, fingerprint),
  ]);
  const alert = active ?? transitions?.[0]?.alert;
  if (alert === undefined)
    return notFound(
      "alerts",
      "alert",
      fingerprint,
      "It may be over for long. Its fingerprint has 16 hex digits.",
    );
  const signal = findLimitDefinition(alert.rule)?.signal;
  const chart =
    signal === undefined
      ? html``
      : chartSection({
          subject: alert.subject,
          charts: [{ id: "rule", title: ruleLabel(alert.rule), lines: [["observed", signal]] }],
          range: oneOf(chartRanges, queryText(request, "from")),
          address: path`/alerts/${fingerprint}`,
          block: 0,
        });
  const isSilenced = (deps.getSuppression(fingerprint)?.silencedBy.length ?? 0) > 0;
  const page = alertPage({ alert, transitions, isSilenced, chart, outside: deps.outside, nowMs: deps.now() });
  return { ...page, place: "alerts", live: true, charts: true };
}

/** Undefined while the database does not answer: the alert itself is known without it. */
async function readTransitions(
  deps: PageDeps,
  fingerprint: string,
): Promise<readonly AlertTransition[] | undefined> {
  try {
    return await deps.listAlertTransitions(fingerprint);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
