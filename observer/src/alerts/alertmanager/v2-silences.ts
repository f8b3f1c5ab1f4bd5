import type { Matcher } from "../matcher.ts";
import { type Silence, type SilenceState, silenceState } from "../silence.ts";
import type { SilenceInput } from "../silences.ts";

/** `gettableSilence` of Alertmanager's API v2. */
export interface GettableSilence {
  readonly id: string;
  readonly status: { readonly state: SilenceState };
  readonly updatedAt: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

/** `postableSilence`, already checked for its shape at the edge; `isEqual` is true where it is left out. */
export interface PostableSilence {
  readonly id?: string | undefined;
  readonly matchers: readonly (Omit<Matcher, "isEqual"> & { readonly isEqual?: boolean | undefined })[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

export function toGettableSilence(silence: Silence, atMs: number): GettableSilence {
  return {
    id: silence.id,
    status: { state: silenceState(silence, atMs) },
    updatedAt: new Date(silence.updatedAtMs).toISOString(),
    matchers: silence.matchers,
    startsAt: new Date(silence.startsAtMs).toISOString(),
    endsAt: new Date(silence.endsAtMs).toISOString(),
    createdBy: silence.createdBy,
    comment: silence.comment,
  };
}

export function toSilenceInput(posted: PostableSilence): SilenceInput {
  return {
    ...(posted.id === undefined || posted.id === "" ? {} : { id: posted.id }),
    matchers: posted.matchers.map(({ name, value, isRegex, isEqual }) => ({
      name,
      value,
      isRegex,
      isEqual: isEqual ?? true,
    })),
    startsAtMs: Date.parse(posted.startsAt),
    endsAtMs: Date.parse(posted.endsAt),
    createdBy: posted.createdBy,
    comment: posted.comment,
  };
}
