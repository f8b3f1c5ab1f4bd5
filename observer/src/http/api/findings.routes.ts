import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import type { Finding } from "../../diagnosis/finding.ts";
import { actorOf } from "../access/guard.ts";
import { findingSchema, toFindingView } from "./schemas.ts";

export interface FindingFilter {
  readonly service?: string | undefined;
  readonly detector?: string | undefined;
  readonly state?: Finding["state"] | undefined;
  readonly limit: number;
}

export interface Acknowledgement {
  readonly author: string;
  readonly reason: string;
  /** Ms since the epoch; after it a finding that still occurs is open again. */
  readonly expiresAtMs: number;
}

export interface FindingQueries {
  /** Largest impact first. */
  listFindings(filter: FindingFilter): Promise<readonly Finding[]>;
  getFinding(fingerprint: string): Promise<Finding | undefined>;
  /** @returns the finding as it is afterwards; undefined for an unknown fingerprint */
  acknowledgeFinding(fingerprint: string, acknowledgement: Acknowledgement): Promise<Finding | undefined>;
}

export function findingRoutes(
  queries: FindingQueries,
  publicUrl: string,
  notFound: (what: string, id: string) => Error,
): Route[] {
  const params = z.object({ fingerprint: z.string() });
  const require = (finding: Finding | undefined, fingerprint: string) => {
    if (finding === undefined) throw notFound("finding", fingerprint);
    return toFindingView(finding, publicUrl);
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
        state: z.enum(["open", "acknowledged", "resolved"]).optional(),
        limit: z.coerce.number().int().min(1).max(1000).default(200),
      }),
      responses: { 200: z.object({ findings: z.array(findingSchema) }) },
      access: "public",
      handle: async ({ query }) => ({
        findings: (await queries.listFindings(query)).map((finding) => toFindingView(finding, publicUrl)),
      }),
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/findings/:fingerprint",
      summary: "One finding with its evidence",
      tags: ["findings"],
      params,
      responses: { 200: findingSchema },
      access: "public",
      handle: async ({ params: { fingerprint } }) =>
        require(await queries.getFinding(fingerprint), fingerprint),
    }),
    defineRoute({
      method: "post",
      path: "/api/v1/findings/:fingerprint/acknowledge",
      summary: "Accept a finding for a while",
      tags: ["findings"],
      params,
      body: z.strictObject({
        author: z.string().trim().min(1).max(200),
        reason: z.string().trim().min(1).max(2000),
        expiresAt: z.iso.datetime({ offset: true }),
      }),
      responses: { 200: findingSchema },
      access: "public",
      handle: async ({ params: { fingerprint }, body, res }) => {
        const expiresAtMs = Date.parse(body.expiresAt);
        const author = actorOf(res) ?? body.author;
        const acknowledgement = { author, reason: body.reason, expiresAtMs };
        return require(await queries.acknowledgeFinding(fingerprint, acknowledgement), fingerprint);
      },
    }),
  ];
}
