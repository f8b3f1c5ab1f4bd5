import { AppError } from "@kontor/kit/errors";
import { defineRoute, type Route } from "@kontor/kit/http/route";
import { timeText, toMs } from "@kontor/kit/time-text";
import { z } from "zod";
import { type HistoryPoint, historyStepMs, type SignalHistory } from "../../engine/signal-history.ts";
import { findSignal } from "../../signals/catalogue.ts";
import { findSeriesSubject } from "./find-series-subject.ts";
import type { CatalogueQueries } from "./services.routes.ts";

export interface SeriesQueries extends Pick<CatalogueQueries, "listRules" | "listServices"> {
  readonly readSeries: SignalHistory["read"];
}

const stepSeconds = historyStepMs / 1_000;

/** The highest value of each step: a peak must not get lost by looking from further away. */
function coarsen(points: readonly HistoryPoint[], stepMs: number): [number, number | null][] {
  const highest = new Map<number, number | null>();
  for (const { atMs, value } of points) {
    const slotMs = Math.floor(atMs / stepMs) * stepMs;
    const before = highest.get(slotMs) ?? null;
    highest.set(slotMs, value === undefined ? before : Math.max(before ?? value, value));
  }
  return [...highest].map(([atMs, value]) => [atMs / 1_000, value]);
}

/** What charts draw: one signal of one service or route over the last hour, and the limits on it. */
export function seriesRoutes(
  { readSeries, listRules, listServices }: SeriesQueries,
  now: () => number,
): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/series",
      summary: "One signal over the last hour, a value for every ten seconds, with its limits",
      tags: ["signals"],
      query: z.object({
        signal: z
          .string()
          .max(300)
          .transform((name, { addIssue, value }) => {
            const found = findSignal(name);
            if (found !== undefined) return found;
            addIssue({
              code: "custom",
              message: "a signal of /api/v1/signals, or counter:<metric>",
              input: value,
            });
            return z.NEVER;
          }),
        service: z.string().min(1).max(500),
        route: z.string().min(1).max(2_000).optional(),
        /** Left out where one service alone has the name. */
        environment: z.string().max(500).optional(),
        namespace: z.string().max(500).optional(),
        from: timeText.default("now-1h"),
        to: timeText.default("now"),
        step: z.coerce
          .number()
          .int()
          .min(stepSeconds)
          .max(3_600)
          .multipleOf(stepSeconds)
          .default(stepSeconds),
      }),
      responses: {
        200: z.object({
          signal: z.string(),
          unit: z.string(),
          step: z.number(),
          /** Seconds since the epoch and value; null where nothing was measured. */
          points: z.array(z.tuple([z.number(), z.number().nullable()])),
          limits: z.array(z.object({ rule: z.string(), bound: z.enum(["max", "min"]), limit: z.number() })),
        }),
      },
      access: "public",
      handle: async ({ query }) => {
        const { signal, step } = query;
        const [fromMs, untilMs] = [toMs(query.from, now()), toMs(query.to, now())];
        if (fromMs >= untilMs) {
          throw new AppError(
            "invalid",
            "series.range",
            `The start ${query.from} is not before the end ${query.to}.`,
          );
        }
        const subject = findSeriesSubject(query, listServices());
        const limits = listRules().rules.filter(
          (rule) =>
            rule.signal === signal.name &&
            rule.service === subject.service &&
            rule.environment === subject.environment &&
            rule.namespace === subject.namespace &&
            (rule.endpoint ?? undefined) === subject.route,
        );
        return {
          signal: signal.name,
          unit: signal.unit,
          step,
          points: coarsen(readSeries(signal.name, subject, { fromMs, toMs: untilMs }), step * 1_000),
          limits: limits.map(({ rule, bound, limit }) => ({ rule, bound, limit })),
        };
      },
    }),
  ];
}
