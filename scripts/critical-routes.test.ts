import { readConfiguration } from "@kontor/observer/config/read-configuration";
import { describe, expect, it } from "vitest";
import { findUnlimitedRoutes } from "./checks/critical-routes.ts";
import { readFile } from "./checks/repository-files.ts";

type File = {
  defaults: Record<string, unknown>;
  services: Record<string, { endpoints?: Record<string, object> } & object>;
};

/** The routes without a limit in the shipped file, changed. */
function findAfter(change: (file: File) => void): string[] {
  const file: File = JSON.parse(readFile("observer_config.json"));
  change(file);
  const reading = readConfiguration(JSON.stringify(file), { environment: {} });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return findUnlimitedRoutes(reading.configuration);
}

describe("the shipped configuration", () => {
  it("holds every route to a latency and an error ratio", () => {
    expect(findAfter(() => {})).toEqual([]);
  });

  // Red when: `findUnlimitedRoutes` looks at the services and not at their endpoints, or the other way round.
  it.each<[string, (file: File) => void, string[]]>([
    [
      "an endpoint",
      ({ services }) =>
        Object.assign(services["core-erp"]?.endpoints ?? {}, {
          "POST /api/orders": { latencyP95MsMax: null },
        }),
      ["core-erp POST /api/orders: no latencyP95MsMax"],
    ],
    [
      "the other routes of a service",
      ({ services }) => Object.assign(services.gateway ?? {}, { errorRatioMax: null }),
      ["gateway, other routes: no errorRatioMax"],
    ],
    [
      "services that nobody named",
      (file) => {
        delete file.defaults.errorRatioMax;
        file.services = {};
      },
      ["services not named: no errorRatioMax"],
    ],
  ])("is named where the limit of %s is taken away", (_, change, named) => {
    expect(findAfter(change)).toEqual(named);
  });

  it("may hold a route to another percentile", () => {
    const toP99 = { latencyP95MsMax: null, latencyP99MsMax: 900 };
    expect(findAfter(({ services }) => Object.assign(services.gateway ?? {}, toP99))).toEqual([]);
  });
});
