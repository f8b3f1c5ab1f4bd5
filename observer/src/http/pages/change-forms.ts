import { AppError } from "@kontor/kit/errors";
import type { Request, Response } from "express";
import type { Alerting } from "../../alerts/alerting.ts";
import { parseMatcher } from "../../alerts/matcher.ts";
import { actorOf } from "../access/guard.ts";
import type { FindingQueries } from "../api/findings.routes.ts";
import { acknowledgeDurations, acknowledgeFields, appliedFields } from "./finding-page.ts";
import { type Choice, readForm } from "./form-parts.ts";
import { parameter } from "./page-request.ts";
import { type PageDeps, showFinding } from "./pages.ts";
import type { Rendered } from "./rendered.ts";
import { silenceDurations, silenceFields, silenceFormPage } from "./silences-page.ts";

/** What the forms of the pages change. Who may, and from where, the guard before them decides. */
export interface ChangeDeps
  extends PageDeps,
    Pick<Alerting, "createSilence" | "expireSilence">,
    Pick<FindingQueries, "acknowledgeFinding" | "applyFinding"> {}

/** After a change the browser is sent on, so that loading again does not change again. */
export interface SeeOther {
  readonly seeOther: string;
}

export type SubmitForm = (request: Request, response: Response) => Promise<Rendered | SeeOther>;

const minuteMs = 60_000;

/** What every change says: how long, who, why. Problems in the words of the form. */
function readTerms(
  values: Readonly<Record<string, string>>,
  durations: readonly Choice[],
  actor: string | undefined,
) {
  const author = actor ?? values.author ?? "";
  const minutes = durations.find(({ value }) => value === values.minutes)?.value;
  const reason = values.reason ?? "";
  const problems = [
    ...(minutes === undefined ? ["For: choose one of the durations."] : []),
    ...(author === "" || author.length > 200 ? ["Your name: between 1 and 200 characters."] : []),
    ...(reason === "" || reason.length > 2_000 ? ["Reason: between 1 and 2,000 characters."] : []),
  ];
  return { author, reason, durationMs: Number(minutes ?? 0) * minuteMs, problems };
}

/** Problems that the person who sent the form can mend; anything else is thrown on. */
function toProblem(error: unknown): string {
  if (error instanceof AppError && error.status < 500) return error.message;
  throw error;
}

async function makeSilence(
  deps: ChangeDeps,
  request: Request,
  response: Response,
): Promise<Rendered | SeeOther> {
  const actor = actorOf(response);
  const values = readForm(request, silenceFields);
  const { author, reason, durationMs, problems } = readTerms(values, silenceDurations, actor);
  const lines = (values.matchers ?? "").split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.length === 0) problems.unshift("Alerts with: at least one matcher is needed.");
  const matchers = lines.flatMap((line) => {
    try {
      return [parseMatcher(line)];
    } catch (error) {
      problems.push(toProblem(error));
      return [];
    }
  });
  if (problems.length === 0) {
    const startsAtMs = deps.now();
    const silence = { matchers, startsAtMs, endsAtMs: startsAtMs + durationMs };
    try {
      await deps.createSilence({ ...silence, createdBy: author, comment: reason }, author);
      return { seeOther: "/silences" };
    } catch (error) {
      problems.push(toProblem(error));
    }
  }
  return { ...silenceFormPage({ values, problems, actor }), place: "alerts", status: 400 };
}

async function acknowledge(
  deps: ChangeDeps,
  request: Request,
  response: Response,
): Promise<Rendered | SeeOther> {
  const actor = actorOf(response);
  const fingerprint = parameter(request, "fingerprint");
  const values = readForm(request, acknowledgeFields);
  const { author, reason, durationMs, problems } = readTerms(values, acknowledgeDurations, actor);
  const forms = { acknowledging: { values, problems } };
  if (problems.length > 0) return { status: 400, ...(await showFinding(deps, fingerprint, actor, forms)) };
  const expiresAtMs = deps.now() + durationMs;
  const changed = await deps.acknowledgeFinding(fingerprint, { author, reason, expiresAtMs });
  // An unknown one: the page says so, with 404.
  if (changed === undefined) return showFinding(deps, fingerprint, actor);
  return { seeOther: `/findings/${encodeURIComponent(fingerprint)}` };
}

async function apply(deps: ChangeDeps, request: Request, response: Response): Promise<Rendered | SeeOther> {
  const actor = actorOf(response);
  const fingerprint = parameter(request, "fingerprint");
  const values = readForm(request, appliedFields);
  const { appliedBy = "", version = "", note = "" } = values;
  const author = actor ?? appliedBy;
  const problems = [
    ...(author === "" || author.length > 200 ? ["Your name: between 1 and 200 characters."] : []),
    ...(version.length > 200 ? ["Version that brings it: at most 200 characters."] : []),
    ...(note.length > 2_000 ? ["What was done: at most 2,000 characters."] : []),
  ];
  const forms = { applying: { values, problems } };
  if (problems.length > 0) return { status: 400, ...(await showFinding(deps, fingerprint, actor, forms)) };
  const changed = await deps.applyFinding(fingerprint, {
    author,
    note: note === "" ? undefined : note,
    version: version === "" ? undefined : version,
    atMs: undefined,
  });
  if (changed === undefined) return showFinding(deps, fingerprint, actor);
  return { seeOther: `/findings/${encodeURIComponent(fingerprint)}` };
}

/** Every form of the pages by the address it is sent to. They work without scripts. */
export function changeForms(deps: ChangeDeps): Readonly<Record<string, SubmitForm>> {
  return {
    "/silences": (request, response) => makeSilence(deps, request, response),
    "/silences/:id/expire": async (request, response) => {
      await deps.expireSilence(parameter(request, "id"), actorOf(response) ?? "pages");
      return { seeOther: "/silences" };
    },
    "/findings/:fingerprint/acknowledge": (request, response) => acknowledge(deps, request, response),
    "/findings/:fingerprint/applied": (request, response) => apply(deps, request, response),
  };
}
