import type { SignalPath } from "../../test/store/sources/open-signal-path.ts";
import { routeNames, serviceNames, windowSeconds } from "../rule-load.ts";
import type { Limits } from "../rule-sets.ts";
import { secondOfTelemetry } from "../second-of-telemetry.ts";
import { toOtlp } from "./to-otlp.ts";

/** Five limits for each of three signals: fifteen rules a route. None is broken by the load. */
export const limitSets = Array.from(
  { length: 5 },
  (_, index): Limits => ({
    latencyP95MsMax: 2000 + index * 100,
    latencyP99MsMax: 3000 + index * 100,
    errorRatioMax: 0.2 + index * 0.01,
  }),
);

export const rulesPerRoute = 15;
export const routeCount = serviceNames.length * routeNames.length;
export const ruleCount = routeCount * rulesPerRoute;

/** Seconds of telemetry after the moment of sending: what Prometheus' own rules, which go by the clock, are measured on. */
const aheadSeconds = 240;
/** Before it: enough for windows, and for every tick that is measured to have a second of its own. */
const behindSeconds = windowSeconds + 90;
const secondsPerRequest = 5;

/**
 * Sends everything at once, before anything is measured: so that nobody's evaluation is measured together with taking the telemetry.
 *
 * @returns a time in ms since the epoch; for more than a minute before it every window is full
 */
export async function sendLoad(path: SignalPath): Promise<number> {
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  const startMs = nowMs - behindSeconds * 1000;
  const total = behindSeconds + aheadSeconds;
  for (let second = 1; second <= total; second += secondsPerRequest) {
    const times = Array.from({ length: secondsPerRequest }, (_, index) => startMs + (second + index) * 1000);
    await path.send(...times.flatMap((atMs) => toOtlp(secondOfTelemetry(startMs, atMs))));
  }
  await path.settled();
  return nowMs;
}
