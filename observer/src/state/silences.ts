import type { Queryable } from "@kontor/kit/postgres";
import type { Matcher } from "../alerts/matcher.ts";
import type { Silence } from "../alerts/silence.ts";
import { toMs, toTime } from "./time.ts";

/** Stores silences; a row that was changed later stays. */
export async function upsertSilences(db: Queryable, silences: readonly Silence[]): Promise<void> {
  const newest = new Map<string, Silence>();
  for (const silence of silences) {
    const known = newest.get(silence.id);
    if (known === undefined || known.updatedAtMs <= silence.updatedAtMs) newest.set(silence.id, silence);
  }
  if (newest.size === 0) return;
  const rows = [...newest.values()].map((silence) => ({
    id: silence.id,
    matchers: silence.matchers,
    starts_at: toTime(silence.startsAtMs),
    ends_at: toTime(silence.endsAtMs),
    created_by: silence.createdBy,
    comment: silence.comment,
    updated_at: toTime(silence.updatedAtMs),
  }));
  await db.query({
    name: "silences.upsert",
    text: `insert into observer.silences as known (id, matchers, starts_at, ends_at, created_by, comment, updated_at)
           select id, matchers, starts_at, ends_at, created_by, comment, updated_at
             from jsonb_to_recordset($1::jsonb) as given (id uuid, matchers jsonb, starts_at timestamptz, ends_at timestamptz,
               created_by text, comment text, updated_at timestamptz)
           on conflict (id) do update set (matchers, starts_at, ends_at, created_by, comment, updated_at)
             = (excluded.matchers, excluded.starts_at, excluded.ends_at, excluded.created_by, excluded.comment, excluded.updated_at)
           where known.updated_at <= excluded.updated_at`,
    values: [JSON.stringify(rows)],
  });
}

/** Silences that end after a time, those that end sooner first. */
export async function listSilences(db: Queryable, endsAfterMs: number): Promise<Silence[]> {
  const { rows } = await db.query<{
    id: string;
    matchers: Matcher[];
    starts_at: Date;
    ends_at: Date;
    created_by: string;
    comment: string;
    updated_at: Date;
  }>({
    name: "silences.list",
    text: `select id, matchers, starts_at, ends_at, created_by, comment, updated_at from observer.silences
            where ends_at > $1 order by ends_at, id`,
    values: [toTime(endsAfterMs)],
  });
  return rows.map((row) => ({
    id: row.id,
    matchers: row.matchers,
    startsAtMs: toMs(row.starts_at),
    endsAtMs: toMs(row.ends_at),
    createdBy: row.created_by,
    comment: row.comment,
    updatedAtMs: toMs(row.updated_at),
  }));
}
