import type { Alert, AlertTransition } from "../alerts/alert.ts";
import type {
  CoursePoint,
  EndpointUse,
  HistoryEndpoint,
  HistoryRange,
  RequestWindow,
  WindowMeasure,
} from "../store/endpoint-history.ts";
import type { TrackedFinding } from "./tracked-finding.ts";

/** What a finding cost in one stretch of the period. */
export interface UseSlot {
  readonly atMs: number;
  readonly occurrences: number;
  readonly lostMs: number;
}

/** What a finding cost in the period, counted trace by trace. */
export interface FindingUse {
  readonly occurrences: number;
  readonly lostMs: number;
  /** Sum of what would have been saved. */
  readonly expectedGainMs: number;
  /** By time; stretches without an occurrence are left out. */
  readonly slots: readonly UseSlot[];
}

/** A finding with what was done about it and what it cost in the period. */
export interface ReportedFinding {
  readonly finding: TrackedFinding;
  readonly use: FindingUse;
}

/** Where a service runs. */
export type Place = Pick<HistoryEndpoint, "environment" | "namespace">;

/** A version of a service, from when on it was known. */
export interface ReportedDeployment {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly version: string;
  readonly deployedAtMs: number;
  readonly announcedBy: string | undefined;
  readonly note: string | undefined;
}

export interface OccurrenceWindow extends HistoryRange {
  readonly fingerprint: string;
}

/** Where the optimisation report takes its figures from. All times in ms since the epoch, ranges start inclusive, end exclusive. */
export interface ReportSources {
  /** Findings seen in the range, or still open from before; with their use in stretches of `slotMs`. At most some hundred. */
  listFindings(range: HistoryRange & { readonly slotMs: number }): Promise<readonly ReportedFinding[]>;
  /** In how many traces each finding was seen in each window, in the order asked. */
  countOccurrences(windows: readonly OccurrenceWindow[]): Promise<readonly number[]>;
  /** Changes of state in the range, newest first; at most `limit`. */
  listTransitions(range: HistoryRange & { readonly limit: number }): Promise<readonly AlertTransition[]>;
  /** Alerts that fire or are silent now: those that changed before the range are seen here only. */
  listActiveAlerts(): Promise<readonly Alert[]>;
  /** Newest first, those before the range too: what was deployed before is what a change is measured against. */
  listDeployments(): Promise<readonly ReportedDeployment[]>;
  listEndpointUse(range: HistoryRange & { readonly limit: number }): Promise<readonly EndpointUse[]>;
  listCourses(
    range: HistoryRange & { readonly endpoints: readonly HistoryEndpoint[]; readonly slotMs: number },
  ): Promise<readonly CoursePoint[]>;
  measureWindows(windows: readonly RequestWindow[]): Promise<readonly WindowMeasure[]>;
  /** Limit of `latencyP95MsMax` in ms; undefined where the endpoint has none. */
  latencyLimitMs(endpoint: HistoryEndpoint): number | undefined;
}

/** What may have mended a finding: a version, or something without one that somebody says was done. */
export interface EffectChange extends Place {
  readonly service: string;
  readonly version: string | undefined;
  /** From when on it holds, ms since the epoch. */
  readonly atMs: number;
  /** Who announced it, or said so; undefined where it was noticed. */
  readonly by: string | undefined;
}

/** Which finding is measured around which change, and where. */
export interface EffectQuestion {
  readonly fingerprint: string;
  readonly change: EffectChange;
  readonly before: RequestWindow;
  readonly after: RequestWindow;
}

export interface SideAnswer {
  readonly measure: WindowMeasure;
  /** Traces that showed the finding. */
  readonly occurrences: number;
}

export interface EffectAnswer extends EffectQuestion {
  readonly beforeAnswer: SideAnswer;
  readonly afterAnswer: SideAnswer;
}

/** Everything a report is made of, as values. */
export interface ReportInput {
  /** Where people reach this observer, without a slash at the end: links begin with it. */
  readonly publicUrl: string;
  readonly findings: readonly ReportedFinding[];
  /** Newest first. */
  readonly transitions: readonly AlertTransition[];
  /** There were more than could be read: the oldest are missing. */
  readonly transitionsAreCut: boolean;
  readonly activeAlerts: readonly Alert[];
  readonly deployments: readonly ReportedDeployment[];
  /** Most total time first. */
  readonly endpoints: readonly EndpointUse[];
  readonly courses: readonly CoursePoint[];
  /** ms, by `endpointKey`. */
  readonly latencyLimits: ReadonlyMap<string, number>;
  readonly effects: readonly EffectAnswer[];
}

export interface ReportTimes {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
}

export function endpointKey({ environment, namespace, service, route }: HistoryEndpoint): string {
  return JSON.stringify([environment, namespace, service, route]);
}

const minuteMs = 60_000;
const slotChoicesMs = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * minuteMs);
const slotsMax = 60;

/** The stretch a period is divided by in charts: the shortest that gives at most 60 of them, in minutes, hours or days that people know. */
export function chooseSlotMs({ fromMs, toMs }: HistoryRange): number {
  const periodMs = toMs - fromMs;
  return slotChoicesMs.find((slotMs) => periodMs / slotMs <= slotsMax) ?? Math.ceil(periodMs / slotsMax);
}
