import {
  counterDefinitions,
  counterLimitKeyNames,
  type LimitKeyDefinition,
  limitKeyNames,
  limitKeys,
} from "../../src/config/limit-keys.ts";
import { defaultClear } from "../../src/config/resolve-limits.ts";
import { limitFields } from "../../src/config/settings.ts";
import { someLimit } from "../exports/prometheus/every-key.ts";

export const baseService = "shop";
export const baseRoute = "GET /items";
export const baseCounter = "shop.orders.placed";

const counterLimits = { perMinuteMin: 5, perMinuteMax: 500 } as const;

/** A file in which every limit stands as a plain number, as far out as it may, so that each field of it is what it is by default. */
export function baseFile() {
  return {
    defaults: Object.fromEntries(limitKeyNames.map((key) => [key, someLimit(key)])),
    services: {
      [baseService]: {
        healthUrl: "http://127.0.0.1:1/health",
        counters: { [baseCounter]: { ...counterLimits } },
        endpoints: { [baseRoute]: {} },
      },
      stock: {},
    },
    alerts: { receivers: [{ name: "hook", type: "webhook" }] },
    reports: [{ name: "weekly", schedule: "0 7 * * 1" }],
  };
}

/** A limit of that file: its number, and the `clear` that follows from it. */
export function baseLimit(key: string): { limit: number; clear: number; bound: "max" | "min" } | undefined {
  const limit = limitKeyNames.find((name) => name === key);
  if (limit !== undefined) return toBase(limitKeys[limit], someLimit(limit));
  const counter = counterLimitKeyNames.find((name) => name === key);
  if (counter === undefined) return undefined;
  return toBase(counterDefinitions(baseCounter)[counter], counterLimits[counter]);
}

function toBase(definition: LimitKeyDefinition, limit: number) {
  const clear = defaultClear(definition, limit, limitFields.clearRatio.default);
  return { limit, clear, bound: definition.bound };
}
