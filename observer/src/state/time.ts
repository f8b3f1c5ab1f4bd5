/** PostgreSQL's times as the rooms above count them: ms since the epoch. */
export function toMs(time: Date): number;
export function toMs(time: Date | null): number | undefined;
export function toMs(time: Date | null): number | undefined {
  return time?.getTime();
}

/** And back, as ISO 8601 text, which PostgreSQL and JSON both take. */
export function toTime(ms: number): string;
export function toTime(ms: number | undefined): string | null;
export function toTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
