import type { PointRecord } from "../store/point-record.ts";
import type { Intake } from "./intake.ts";

/** The newest point of each series that the observer measured itself: as many as services with a health page, and a few. */
export interface OwnPoints {
  /** Takes note of what is accepted, and hands it on. */
  passing(intake: Pick<Intake, "accept">): Pick<Intake, "accept">;
  list(): readonly PointRecord[];
}

export function createOwnPoints(): OwnPoints {
  const newest = new Map<string, PointRecord>();
  return {
    passing: (intake) => ({
      accept(points) {
        for (const point of points) {
          const { service, environment, namespace, instance = "" } = point.resource;
          newest.set([point.metric.name, environment, namespace, service, instance].join("\u001f"), point);
        }
        return intake.accept(points);
      },
    }),
    list: () => [...newest.values()],
  };
}
