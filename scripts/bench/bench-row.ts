import { z } from "zod";

const measured = z.union([z.number(), z.literal("not measured")]);

/** One line of a benchmark's table, as each module's `run()` answers it. */
export const benchRow = z.object({
  name: z.string(),
  value: measured,
  unit: z.string(),
  /** What it is held to, in words: `<= 5`; empty for a row that is only shown. */
  target: z.string().default(""),
  /** Whether the target is met; undefined for a row that is only shown, or was not measured. */
  met: z.boolean().optional(),
  rival: z.object({ name: z.string(), value: measured }).optional(),
  /** The rival's value divided by ours. */
  ratio: z.number().optional(),
  /** Why something could not be measured, or what to know about the number. */
  note: z.string().optional(),
});

export type BenchRow = z.input<typeof benchRow>;
export type BenchResult = { bench: string; rows: z.infer<typeof benchRow>[]; error?: string };

/** 0 all measured and met, 1 a target is missed, 3 something could not be measured: never a pass. */
export function toExitCode(results: readonly BenchResult[]): 0 | 1 | 3 {
  const rows = results.flatMap((result) => result.rows);
  const isMissing = (row: BenchResult["rows"][number]): boolean =>
    row.value === "not measured" || row.rival?.value === "not measured";
  if (results.some(({ error }) => error !== undefined) || rows.length === 0 || rows.some(isMissing)) return 3;
  return rows.some(({ met }) => met === false) ? 1 : 0;
}
