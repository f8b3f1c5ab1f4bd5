/** One line of a benchmark's table. A number that could not be had is `not measured`, and then the runner exits 3. */
export interface BenchRow {
  readonly name: string;
  readonly value: number | "not measured";
  readonly unit: string;
  /** What it is held to, in words: `<= 5`. */
  readonly target: string;
  /** Undefined for a row that is only shown, or was not measured. */
  readonly met?: boolean | undefined;
  readonly rival?: { readonly name: string; readonly value: number | "not measured" } | undefined;
  /** The rival's value divided by ours. */
  readonly ratio?: number | undefined;
}
