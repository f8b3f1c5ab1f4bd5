import type { Queryable } from "@kontor/kit/postgres";
import type { AuditEntry } from "../alerts/journal/alert-record.ts";
import { toMs, toTime } from "./time.ts";

/** Adds entries; those that are stored already are passed over. */
export async function insertAudit(db: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db.query({
    name: "audit.insert",
    text: `insert into observer.audit (id, at, actor, action, target, detail)
           select id, at, actor, action, target, detail
             from jsonb_to_recordset($1::jsonb) as given (id uuid, at timestamptz, actor text, action text, target text, detail jsonb)
           on conflict (id) do nothing`,
    values: [JSON.stringify(entries.map(({ atMs, ...entry }) => ({ ...entry, at: toTime(atMs) })))],
  });
}

/** Newest first. @param limit 1..1000 */
export async function listAudit(db: Queryable, limit: number): Promise<AuditEntry[]> {
  const { rows } = await db.query<Omit<AuditEntry, "atMs"> & { readonly at: Date }>({
    name: "audit.list",
    text: "select id, at, actor, action, target, detail from observer.audit order by at desc, id limit $1",
    values: [limit],
  });
  return rows.map(({ at, ...entry }) => ({ ...entry, atMs: toMs(at) }));
}
