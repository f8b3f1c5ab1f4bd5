/** A value for people: three digits are enough to judge a breach, and a ratio reads as a percentage. */
export function formatValue(value: number, unit: string): string {
  if (unit === "ratio") return `${Number((value * 100).toPrecision(3))} %`;
  const digits = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  return unit === "count" ? digits : `${digits} ${unit}`;
}
