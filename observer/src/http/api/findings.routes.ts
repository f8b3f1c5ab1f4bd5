import { AppError } from "@kontor/kit/errors";
import { defineRoute, type Route } from "@kontor/kit/http/route";
import { instantText } from "@kontor/kit/instant-text";
import { z } from "zod";
import { type FindingState, findingStates } from "../../diagnosis/finding.ts";
import type { FindingStep, TrackedFinding } from "../../reports/tracked-finding.ts";
import type { Acknowledgement, Application } from "../../state/change-findings.ts";
import { actorOf } from "../access/guard.ts";
import {
  type FindingWays,
  findingDetailSchema,
  findingSchema,
  toFindingDetail,
  toListedFinding,
} from "./finding-view.ts";
import { commaSeparated } from "./schemas.ts";

export interface FindingFilter {
  readonly service?: string | undefined;
  readonly detector?: string | undefined;
  /** All where left out. */
  readonly states?: readonly FindingState[] | undefined;
  readonly limit: number;
}

export interface FindingQueries {
  /** Largest impact first. */
  listFindings(filter: FindingFilter): Promise<readonly TrackedFinding[]>;
  getFinding(fingerprint: string): Promise<TrackedFinding | undefined>;
  /** Newest first. */
  listFindingSteps(fingerprint: string): Promise<readonly FindingStep[]>;
  /** @returns the finding as it is afterwards; undefined for an unknown fingerprint */
  acknowledgeFinding(
    fingerprint: string,
    acknowledgement: Acknowledgement,
  ): Promise<TrackedFinding | undefined>;
  /** @returns the finding as it is afterwards; undefined for an unknown fingerprint */
  applyFinding(fingerprint: string, application: Application): Promise<TrackedFinding | undefined>;
}

const author = z.string().trim().min(1).max(200);

/** Findings, and what people say of them. @param now ms since the epoch */
export function findingRoutes(
  queries: FindingQueries,
  ways: FindingWays,
  now: () => number,
  notFound: (what: string, id: string) => Error,
): Route[] {
  const params = z.object({ fingerprint: z.string() });
  const problems = { 404: "There is no such finding" };
  const answer = async (finding: TrackedFinding | undefined, fingerprint: string) => {
    if (finding === undefined) throw notFound("finding", fingerprint);
    return toFindingDetail(finding, await queries.listFindingSteps(fingerprint), ways);
  };
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/findings",
      summary: "Findings, largest impact first",
      tags: ["findings"],
      query: z.object({
        service: z.string().optional(),
        detector: z.string().optional(),
        state: commaSeparated(findingStates).optional(),
        limit: z.coerce.number().int().min(1).max(1000).default(200),
      }),
      responses: { 200: z.object({ findings: z.array(findingSchema) }) },
      access: "public",
      handle: async ({ query: { state: states, ...query } }) => {
        const findings = await queries.listFindings({ ...query, states });
        return { findings: findings.map((finding) => toListedFinding(finding, ways)) };
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/findings/:fingerprint",
      summary: "One finding with its evidence and its history",
      problems,
      tags: ["findings"],
      params,
      responses: { 200: findingDetailSchema },
      access: "public",
      handle: async ({ params: { fingerprint } }) =>
        answer(await queries.getFinding(fingerprint), fingerprint),
    }),
    defineRoute({
      method: "post",
      path: "/api/v1/findings/:fingerprint/acknowledge",
      summary: "Accept a finding for a while",
      problems,
      tags: ["findings"],
      params,
      body: z.strictObject({
        author,
        reason: z.string().trim().min(1).max(2000),
        expiresAt: instantText,
      }),
      responses: { 200: findingDetailSchema },
      access: "public",
      handle: async ({ params: { fingerprint }, body, res }) => {
        const expiresAtMs = Date.parse(body.expiresAt);
        const acknowledgement = { author: actorOf(res) ?? body.author, reason: body.reason, expiresAtMs };
        return answer(await queries.acknowledgeFinding(fingerprint, acknowledgement), fingerprint);
      },
    }),
    defineRoute({
      method: "post",
      path: "/api/v1/findings/:fingerprint/applied",
      summary: "Say that what a finding recommends was done: its effect is measured from then on",
      problems,
      tags: ["findings"],
      params,
      body: z.strictObject({
        author,
        note: z.string().trim().min(1).max(2000).optional(),
        /** The version that brings it, which may come later; left out for a change without one, such as an index. */
        version: z.string().trim().min(1).max(200).optional(),
        /** Now where left out; of a version the time of its first telemetry counts. */
        at: instantText.optional(),
      }),
      responses: { 200: findingDetailSchema },
      access: "public",
      handle: async ({ params: { fingerprint }, body: { note, version, at, ...body }, res }) => {
        const atMs = at === undefined ? undefined : Date.parse(at);
        if (atMs !== undefined && atMs > now()) {
          const message =
            "`at` is in the future. Say it when it is done, or name the version that brings it.";
          throw new AppError("invalid", "findings.applied_in_future", message);
        }
        const application = { author: actorOf(res) ?? body.author, note, version, atMs };
        return answer(await queries.applyFinding(fingerprint, application), fingerprint);
      },
    }),
  ];
}
