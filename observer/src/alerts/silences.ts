import { randomUUID } from "node:crypto";
import { AppError } from "@kontor/kit/errors";
import { alertLabelNames } from "./alert-labels.ts";
import type { AlertJournal } from "./journal/alert-journal.ts";
import type { AuditEntry } from "./journal/alert-record.ts";
import { compileMatchers, type Matcher } from "./matcher.ts";
import { type Silence, silenceState } from "./silence.ts";

export interface SilenceInput {
  /** Of the silence to change; a new one is made without it. */
  readonly id?: string | undefined;
  readonly matchers: readonly Matcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** Silences as the API makes them. Kept in the journal, so they hold after `kill -9` and while PostgreSQL is away. */
export interface Silences {
  /**
   * Makes a silence, or changes one. As in Alertmanager, a change of what matters to the past (other matchers, another start of an active
   * one) ends the old silence and makes a new one, with another id.
   *
   * @param actor who asks, for the audit log
   * @throws AppError `silences.invalid`, `silences.bad_pattern`, `silences.not_found`, `silences.too_many`, `alerts.journal_unwritable`
   */
  createSilence(input: SilenceInput, actor: string): Promise<Silence>;
  /**
   * Ends a silence now. One that is over stays as it is.
   *
   * @throws AppError `silences.not_found`, `alerts.journal_unwritable`
   */
  expireSilence(id: string, actor: string): Promise<Silence>;
  /** Active first, then pending, then expired; those that end sooner first. Expired ones are listed for five days. */
  listSilences(filter?: readonly Matcher[]): readonly Silence[];
  /** @throws AppError `silences.not_found` */
  getSilence(id: string): Silence;
}

const MATCHERS_MAX = 20;
const TEXT_LENGTH_MAX = 2_000;
const SILENCES_MAX = 1_000;
/** What is longer belongs into the configuration; such an end is mostly a slip in the year. */
const DAYS_MAX = 366;
const DAY_MS = 86_400_000;
// A comment may have lines; a name may not.
const controlInName = /\p{Cc}/u;
const controlInComment = /[^\P{Cc}\t\n\r]/u;

export function createSilences(journal: AlertJournal, nowMs: () => number): Silences {
  const { silences } = journal.book;

  const getSilence = (id: string): Silence => {
    const silence = silences.get(id);
    if (silence === undefined)
      throw new AppError("notFound", "silences.not_found", `there is no silence ${id.slice(0, 64)}`);
    return silence;
  };
  const save = async (changed: readonly Silence[], audit: Omit<AuditEntry, "id" | "atMs">): Promise<void> => {
    await journal.append([
      ...changed.map((silence) => ({ kind: "silence" as const, silence })),
      { kind: "audit", entry: { id: randomUUID(), atMs: nowMs(), ...audit } },
    ]);
  };

  return {
    getSilence,
    async createSilence(input, actor) {
      const atMs = nowMs();
      checkInput(input, atMs);
      const before = input.id === undefined ? undefined : getSilence(input.id);
      if (before === undefined && countLive(silences.values(), atMs) >= SILENCES_MAX) {
        throw new AppError(
          "conflict",
          "silences.too_many",
          `${SILENCES_MAX} silences are active or pending: expire some first`,
        );
      }
      const staysSame = before !== undefined && canChange(before, input, atMs);
      const silence: Silence = {
        id: staysSame ? before.id : randomUUID(),
        matchers: input.matchers.map(({ name, value, isRegex, isEqual }) => ({
          name,
          value,
          isRegex,
          isEqual,
        })),
        // Nothing is silenced in the past.
        startsAtMs: staysSame ? input.startsAtMs : Math.max(input.startsAtMs, atMs),
        endsAtMs: input.endsAtMs,
        createdBy: input.createdBy,
        comment: input.comment,
        updatedAtMs: atMs,
      };
      const replaced = before !== undefined && !staysSame ? [expire(before, atMs)] : [];
      const action = staysSame ? "silences.changed" : "silences.created";
      const detail = {
        matchers: silence.matchers,
        endsAt: toTime(silence.endsAtMs),
        comment: silence.comment,
      };
      await save([...replaced, silence], { actor, action, target: silence.id, detail });
      return silence;
    },
    async expireSilence(id, actor) {
      const atMs = nowMs();
      const silence = getSilence(id);
      if (silenceState(silence, atMs) === "expired") return silence;
      const expired = expire(silence, atMs);
      await save([expired], { actor, action: "silences.expired", target: id, detail: {} });
      return expired;
    },
    listSilences(filter = []) {
      const atMs = nowMs();
      const rank = { active: 0, pending: 1, expired: 2 };
      return [...silences.values()]
        .filter((silence) => matchesFilter(silence, filter))
        .sort((a, b) => rank[silenceState(a, atMs)] - rank[silenceState(b, atMs)] || a.endsAtMs - b.endsAtMs);
    },
  };
}

function expire(silence: Silence, atMs: number): Silence {
  return {
    ...silence,
    startsAtMs: Math.min(silence.startsAtMs, atMs),
    endsAtMs: Math.min(silence.endsAtMs, atMs),
    updatedAtMs: atMs,
  };
}

/** What has been silenced stays true: only the end of an active silence may move, and a pending one is free. */
function canChange(before: Silence, input: SilenceInput, atMs: number): boolean {
  const state = silenceState(before, atMs);
  if (
    state === "expired" ||
    JSON.stringify(sortMatchers(before.matchers)) !== JSON.stringify(sortMatchers(input.matchers))
  ) {
    return false;
  }
  return state === "pending" ? input.startsAtMs >= atMs : input.startsAtMs === before.startsAtMs;
}

function sortMatchers(matchers: readonly Matcher[]): string[] {
  return matchers
    .map(({ name, value, isRegex, isEqual }) => JSON.stringify([name, value, isRegex, isEqual]))
    .sort();
}

/** A filter asks for silences that have a matcher on the label with that value, as Alertmanager does. */
function matchesFilter(silence: Silence, filter: readonly Matcher[]): boolean {
  const values = Object.fromEntries(silence.matchers.map(({ name, value }) => [name, value]));
  return compileMatchers(filter)(values);
}

function countLive(silences: Iterable<Silence>, atMs: number): number {
  let count = 0;
  for (const silence of silences) if (silenceState(silence, atMs) !== "expired") count++;
  return count;
}

function checkInput(
  { matchers, startsAtMs, endsAtMs, createdBy, comment }: SilenceInput,
  atMs: number,
): void {
  const problems: string[] = [];
  if (matchers.length === 0 || matchers.length > MATCHERS_MAX)
    problems.push(`between 1 and ${MATCHERS_MAX} matchers are needed`);
  if (!(startsAtMs < endsAtMs)) problems.push("the end must be after the start");
  if (endsAtMs <= atMs) problems.push("the end must be in the future");
  if (endsAtMs > atMs + DAYS_MAX * DAY_MS) problems.push(`the end may be at most ${DAYS_MAX} days from now`);
  if (controlInName.test(createdBy)) problems.push("createdBy contains control characters");
  if (controlInComment.test(comment)) problems.push("comment contains control characters");
  problems.push(...findUnknownLabels(matchers));
  if (createdBy.trim() === "") problems.push("createdBy must say who silences");
  if (comment.trim() === "") problems.push("comment must say why");
  const texts = [createdBy, comment, ...matchers.flatMap(({ name, value }) => [name, value])];
  if (texts.some((text) => text.length > TEXT_LENGTH_MAX))
    problems.push(`a text is longer than ${TEXT_LENGTH_MAX} characters`);
  // Compiled for its errors; and a silence that also matches an alert without labels matches everything.
  if (problems.length === 0 && compileMatchers(matchers)({})) {
    problems.push("at least one matcher must not match the empty value, or everything is silenced");
  }
  if (problems.length > 0)
    throw new AppError("invalid", "silences.invalid", `the silence cannot be made: ${problems.join("; ")}`);
}

/** On such a label a silence would hold for nothing, or with `!=` narrow nothing. */
function findUnknownLabels(matchers: readonly Matcher[]): string[] {
  return matchers
    .filter(({ name }) => !alertLabelNames.some((known) => known === name))
    .map(
      ({ name }) => `no alert has the label ${name.slice(0, 64)}; labels are ${alertLabelNames.join(", ")}`,
    );
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
