import { beforeAll, describe, expect, it } from "vitest";
import { counterLimitKeyNames, limitKeyNames } from "../../../src/config/limit-keys.ts";
import { listNotExportable } from "../../../src/exports/not-exportable.ts";
import { readGood } from "../../config/read.ts";
import { byTime, type Decision } from "./decisions/decision.ts";
import { type Decided, evaluationSeconds, exportSeconds, runTimetable } from "./decisions/run-timetable.ts";
import { toConfiguration } from "./decisions/timetable.ts";

const tickSeconds = 1;
/**
 * An export more or less: rate() sees a new series from its second point on, and forgets an old one a point earlier. Then the observer
 * decides at its next tick, and Prometheus when it evaluates next.
 */
const apartMsMax = (exportSeconds + tickSeconds + evaluationSeconds) * 1000;
/** Of two decisions the first may come an export later, and the second an export earlier. */
const atOneTimeMs = apartMsMax + exportSeconds * 1000;

describe("the same telemetry to the observer and to Prometheus with the exported rules", () => {
  let decided: Decided;
  beforeAll(async () => {
    decided = await runTimetable();
  }, 300_000);

  it("fires every kind of limit there is", () => {
    const fired = decided.observer.filter(({ what }) => what === "firing").map(({ about }) => about);
    const missing = [...limitKeyNames, ...counterLimitKeyNames].filter(
      (key) => !fired.some((about) => about.startsWith(`${key} of `) || about.includes(`.${key} of `)),
    );
    expect(missing).toEqual([]);
    expect(decided.observer.map(({ what }) => what)).toEqual(
      expect.arrayContaining(["pending", "calmed", "resolved", "silent", "heard"]),
    );
  });

  // Red when: `toSilenceExpression` does not leave out what fires: Prometheus tells of a silence that the observer holds back.
  it("gives the same decisions about the same rules, services, routes, severities and limits", () => {
    expect(toTexts(decided.prometheus)).toEqual(toTexts(decided.observer));
  });

  // Red when: the branch of `toAlertExpression` that holds a firing alert is left out, or `keep_firing_for` is.
  it("gives them within an export, a tick and an evaluation", () => {
    const late = pair(decided).filter(({ observer, prometheus }) => {
      return Math.abs(observer.atMs - prometheus.atMs) > apartMsMax;
    });
    expect(late).toEqual([]);
  });

  it("gives them in the same order, but for those that come at one time", () => {
    const pairs = pair(decided);
    const turned = pairs.flatMap((first) =>
      pairs
        .filter((second) => second.observer.atMs - first.observer.atMs >= atOneTimeMs)
        .filter((second) => second.prometheus.atMs <= first.prometheus.atMs)
        .map((second) => [first, second]),
    );
    expect(turned).toEqual([]);
  });

  it("and what is known to differ was told by the export", () => {
    const known = listNotExportable(readGood(toConfiguration("http://127.0.0.1:1/health")));
    for (const { what, why } of known) expect(decided.said).toContain(`  - ${what}: ${why}`);
    expect(decided.said).toContain("written: ");
  });
});

/** In one order for both, whatever the times. */
function toTexts(decisions: readonly Decision[]): string[] {
  const about = new Map<string, string[]>();
  for (const one of byTime(decisions)) about.set(one.about, [...(about.get(one.about) ?? []), one.what]);
  return [...about].map(([name, whats]) => `${name}: ${whats.join(", ")}`).toSorted();
}

/** Each decision of the observer with that of Prometheus: the first of its kind about a rule with the first, and so on. */
function pair({ observer, prometheus }: Decided): { observer: Decision; prometheus: Decision }[] {
  const isSame = (one: Decision) => (other: Decision) => one.about === other.about && one.what === other.what;
  const ours = byTime(observer);
  return ours.flatMap((one, at) => {
    const earlier = ours.slice(0, at).filter(isSame(one)).length;
    const other = byTime(prometheus).filter(isSame(one))[earlier];
    return other === undefined ? [] : [{ observer: one, prometheus: other }];
  });
}
