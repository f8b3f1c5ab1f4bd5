import { counterLimitKeyNames, limitKeyNames, limitKeys } from "../../../src/config/limit-keys.ts";

const byUnit = { ms: 400, ratio: 0.4, MB: 300, count: 40, "1/s": 30, "1/min": 60 } as const;

/** A limit a person might write for a key, below 1 for ratios. `min` bounds stay under the `max` of the same signal. */
export function someLimit(key: (typeof limitKeyNames)[number]): number {
  const { unit, bound } = limitKeys[key];
  return bound === "min" ? byUnit[unit] / 2 : byUnit[unit];
}

/** A configuration in which every limit there is stands on `defaults`, with some that differ for one service and one endpoint. */
export function everyKey(): object {
  return {
    defaults: Object.fromEntries(limitKeyNames.map((key) => [key, someLimit(key)])),
    services: {
      shop: {
        healthUrl: "http://127.0.0.1:1/health",
        critical: true,
        memoryMbMax: { limit: 600, forSeconds: 20 },
        counters: {
          "shop.orders.placed": Object.fromEntries(
            counterLimitKeyNames.map((key) => [key, key.endsWith("Min") ? 5 : 500]),
          ),
        },
        endpoints: {
          "GET /a": {},
          "POST /b": { latencyP95MsMax: { limit: 900, clear: 600, forSeconds: 30, keepFiringSeconds: 0 } },
        },
      },
      stock: { latencyP95MsMax: { forSeconds: 15 } },
    },
  };
}
