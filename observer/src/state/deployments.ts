import type { Queryable } from "@kontor/kit/postgres";
import { toMs, toTime } from "./time.ts";

/** A version of a service, from when on it was known. */
export interface Deployment {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly version: string;
  readonly deployedAtMs: number;
  /** Who announced it; undefined for one that was noticed in telemetry. */
  readonly announcedBy: string | undefined;
  readonly note: string | undefined;
}

/**
 * Notes a version. One that is known keeps its time; an announcement of it adds who and why where nobody had said so.
 *
 * @returns whether the version is new
 */
export async function recordDeployment(db: Queryable, deployment: Deployment): Promise<boolean> {
  const { environment, namespace, service, version, deployedAtMs, announcedBy, note } = deployment;
  const { rows } = await db.query<{ is_new: boolean }>({
    name: "deployments.record",
    text: `insert into observer.deployments as known (environment, namespace, service, version, deployed_at, announced_by, note)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (environment, namespace, service, version) do update
             set announced_by = coalesce(known.announced_by, excluded.announced_by), note = coalesce(known.note, excluded.note)
           returning xmax = 0 as is_new`,
    values: [
      environment,
      namespace,
      service,
      version,
      toTime(deployedAtMs),
      announcedBy ?? null,
      note ?? null,
    ],
  });
  return rows[0]?.is_new ?? false;
}

/** Newest first. @param filter.limit 1..1000 */
export async function listDeployments(
  db: Queryable,
  filter: { readonly service?: string | undefined; readonly limit: number },
): Promise<Deployment[]> {
  const { rows } = await db.query<{
    environment: string;
    namespace: string;
    service: string;
    version: string;
    deployed_at: Date;
    announced_by: string | null;
    note: string | null;
  }>({
    name: "deployments.list",
    text: `select environment, namespace, service, version, deployed_at, announced_by, note from observer.deployments
            where $1::text is null or service = $1 order by deployed_at desc, service, version limit $2`,
    values: [filter.service ?? null, filter.limit],
  });
  return rows.map((row) => ({
    environment: row.environment,
    namespace: row.namespace,
    service: row.service,
    version: row.version,
    deployedAtMs: toMs(row.deployed_at),
    announcedBy: row.announced_by ?? undefined,
    note: row.note ?? undefined,
  }));
}
