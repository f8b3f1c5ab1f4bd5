import type { Configuration } from "../../../config/configuration.ts";
import { findLimitDefinition, type LimitKeyName, limitKeyNames } from "../../../config/limit-keys.ts";
import type { Link, Panel } from "../model.ts";
import { toPanelLimit } from "../panel-limits.ts";
import { limitGraph, perRoute, perSubject } from "../signal-panels.ts";

/** Keys that have a panel of their own on some dashboard. A test finds a key that is missing here, and one that is here wrongly. */
const drawn: ReadonlySet<LimitKeyName> = new Set([
  "latencyP95MsMax",
  "errorRatioMax",
  "availabilityRatioMin",
  "httpClientErrorRatioMax",
  "databaseLatencyP95MsMax",
  "databaseErrorRatioMax",
  "messagingLatencyP95MsMax",
  "messagingErrorRatioMax",
  "messagingDeliveryP95MsMax",
  "cpuRatioMax",
  "memoryMbMax",
  "eventLoopDelayP99MsMax",
  "gcTimeRatioMax",
  "databasePoolRatioMax",
  "databasePoolPendingMax",
  "queueDepthMax",
  "exportQueueRatioMax",
]);

/** A panel for each limit that the file sets and no other panel draws, so that every limit can be seen against its values. */
export function otherLimits(configuration: Configuration, links: readonly Link[]): Panel[] {
  return limitKeyNames.flatMap((key) => {
    const definition = findLimitDefinition(key);
    if (drawn.has(key) || definition === undefined || toPanelLimit(configuration, key) === undefined)
      return [];
    const { description, level } = definition;
    return limitGraph(configuration, key, {
      title: key,
      description: `${description} Beyond the limit, open the service in the observer: its alert says since when and what explains it.`,
      view: level === "route" ? perRoute : perSubject,
      links,
    });
  });
}
