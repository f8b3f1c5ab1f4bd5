/** Something that was told of one rule about one subject, in words that observer and Prometheus share. */
export interface Decision {
  /** Who is meant: rule, service, route where there is one, severity and limit. */
  readonly about: string;
  /** `calmed`: the breach was over before it had lasted long enough. `heard`: it is not silent any more. */
  readonly what: "pending" | "firing" | "resolved" | "calmed" | "silent" | "heard";
  readonly atMs: number;
}

export function toAbout(alert: {
  readonly rule: string;
  readonly service: string;
  readonly endpoint: string | null | undefined;
  readonly severity: string;
  readonly limit: number | string;
}): string {
  const where = [alert.service, alert.endpoint ?? ""].filter((part) => part !== "").join(" ");
  return `${alert.rule} of ${where}, ${alert.severity} ${alert.limit}`;
}

export function byTime(decisions: readonly Decision[]): Decision[] {
  return decisions.toSorted((a, b) => a.atMs - b.atMs || (a.about < b.about ? -1 : 1));
}
