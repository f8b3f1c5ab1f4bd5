import { randomUUID } from "node:crypto";
import type { Queryable } from "@kontor/kit/postgres";
import type { FindingState } from "../diagnosis/finding.ts";
import type { MeasuredEffect } from "../reports/report-schema.ts";
import type { FindingStep } from "../reports/tracked-finding.ts";
import { toMs, toTime } from "./time.ts";

/** What happened to which finding; details only where there are any. */
export type NewFindingStep = Pick<FindingStep, "atMs" | "state"> &
  Partial<FindingStep> & { readonly fingerprint: string };

/** Adds to the history of findings. */
export async function insertFindingSteps(tx: Queryable, steps: readonly NewFindingStep[]): Promise<void> {
  if (steps.length === 0) return;
  const rows = steps.map(({ fingerprint, atMs, state, actor, version, note, effect }) => ({
    ...{ id: randomUUID(), fingerprint, at: toTime(atMs), state },
    ...{ actor: actor ?? null, version: version ?? null, note: note ?? null, effect: effect ?? null },
  }));
  await tx.query({
    name: "finding_steps.insert",
    text: `insert into observer.finding_steps (id, fingerprint, at, state, actor, version, note, effect)
           select id, fingerprint, at, state, actor, version, note, effect from jsonb_to_recordset($1::jsonb)
             as given (id uuid, fingerprint text, at timestamptz, state text, actor text, version text, note text, effect jsonb)`,
    values: [JSON.stringify(rows)],
  });
}

/** Everything that happened to a finding, newest first; at most `limit`, 1..1000. */
export async function listFindingSteps(
  db: Queryable,
  fingerprint: string,
  limit: number,
): Promise<FindingStep[]> {
  const { rows } = await db.query<{
    at: Date;
    state: FindingState;
    actor: string | null;
    version: string | null;
    note: string | null;
    effect: MeasuredEffect | null;
  }>({
    name: "finding_steps.list",
    // Steps of one moment follow each other in the order in which a finding goes through its states.
    text: `select at, state, actor, version, note, effect from observer.finding_steps
            where fingerprint = $1
            order by at desc, array_position(array['open', 'reopened', 'acknowledged', 'applied', 'validated', 'resolved'], state) desc
            limit $2`,
    values: [fingerprint, limit],
  });
  return rows.map((row) => ({
    atMs: toMs(row.at),
    state: row.state,
    actor: row.actor ?? undefined,
    version: row.version ?? undefined,
    note: row.note ?? undefined,
    effect: row.effect ?? undefined,
  }));
}
