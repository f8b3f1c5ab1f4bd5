import { defineRoute, type Route } from "@kontor/kit/http/route";
import { instantText } from "@kontor/kit/instant-text";
import { z } from "zod";
import { actorOf } from "../access/guard.ts";

export interface DeploymentView {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly version: string;
  readonly deployedAtMs: number;
  readonly announcedBy: string | undefined;
  readonly note: string | undefined;
}

export interface DeploymentQueries {
  /** Newest first. */
  listDeployments(filter: {
    readonly service?: string | undefined;
    readonly limit: number;
  }): Promise<readonly DeploymentView[]>;
  /** @returns whether the version is new */
  recordDeployment(deployment: DeploymentView): Promise<boolean>;
}

const deploymentSchema = z.object({
  environment: z.string(),
  namespace: z.string(),
  service: z.string(),
  version: z.string(),
  deployedAt: z.string(),
  announcedBy: z.string().nullable(),
  note: z.string().nullable(),
});

const name = z.string().trim().min(1).max(200);

/** Versions that were noticed in telemetry or announced. */
export function deploymentRoutes(queries: DeploymentQueries, now: () => number): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/deployments",
      summary: "Versions seen or announced, newest first",
      tags: ["deployments"],
      query: z.object({
        service: z.string().optional(),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
      responses: { 200: z.object({ deployments: z.array(deploymentSchema) }) },
      access: "public",
      handle: async ({ query }) => ({ deployments: (await queries.listDeployments(query)).map(toView) }),
    }),
    defineRoute({
      method: "post",
      path: "/api/v1/deployments",
      summary: "Announce a version",
      tags: ["deployments"],
      body: z.strictObject({
        environment: name.default("default"),
        namespace: z.string().max(200).default(""),
        service: name,
        version: name,
        deployedAt: instantText.optional(),
        announcedBy: name,
        note: z.string().max(2000).optional(),
      }),
      responses: { 201: deploymentSchema },
      access: "public",
      handle: async ({ body, res }) => {
        const { deployedAt, note, ...rest } = body;
        const deployment = {
          ...rest,
          note,
          announcedBy: actorOf(res) ?? rest.announcedBy,
          deployedAtMs: deployedAt === undefined ? now() : Date.parse(deployedAt),
        };
        await queries.recordDeployment(deployment);
        return toView(deployment);
      },
    }),
  ];
}

function toView({
  deployedAtMs,
  announcedBy,
  note,
  ...rest
}: DeploymentView): z.infer<typeof deploymentSchema> {
  return {
    ...rest,
    deployedAt: new Date(deployedAtMs).toISOString(),
    announcedBy: announcedBy ?? null,
    note: note ?? null,
  };
}
