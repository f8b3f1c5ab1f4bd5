import { z } from "zod";
import { AppError } from "./errors.ts";
import { defineRoute, type Route } from "./http/route.ts";

/** A fault with what people should know of it. */
export type Fault = {
  name: string;
  /** Which endpoint it changes, and what a user of it notices. */
  description: string;
  /** Called when the switch really changes; must not throw. */
  switched?: (on: boolean) => void;
};

export type FaultSwitches = {
  readonly enabled: boolean;
  readonly names: readonly string[];
  /** For people; undefined when none was given. */
  describe(name: string): string | undefined;
  /** Always false when fault switches are not enabled. */
  isOn(name: string): boolean;
  set(name: string, on: boolean): void;
};

/**
 * Named faults that a service really commits while switched on, for tests and demonstrations.
 *
 * @param options.enabled from FAULTS_ENABLED; without it nothing can be switched on
 */
export function createFaultSwitches(
  faults: readonly (string | Fault)[],
  options: { enabled: boolean },
): FaultSwitches {
  const described = new Map(
    faults.filter((each) => typeof each === "object").map((each) => [each.name, each]),
  );
  const names = faults.map((each) => (typeof each === "string" ? each : each.name));
  const on = new Set<string>();
  return {
    enabled: options.enabled,
    names,
    describe: (name) => described.get(name)?.description,
    isOn: (name) => options.enabled && on.has(name),
    set(name, value) {
      if (!options.enabled || !names.includes(name)) throw unknownFault(name);
      if (on.has(name) === value) return;
      if (value) on.add(name);
      else on.delete(name);
      described.get(name)?.switched?.(value);
    },
  };
}

const fault = z.object({ name: z.string(), on: z.boolean(), description: z.string().optional() });

/** GET /internal/faults and PUT /internal/faults/:name; both answer 404 unless fault switches are enabled. */
export function faultRoutes(switches: FaultSwitches): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/internal/faults",
      summary: "The fault switches of this service",
      tags: ["internal"],
      access: "public",
      responses: { 200: z.object({ faults: z.array(fault) }) },
      handle: async () => {
        if (!switches.enabled)
          throw new AppError("notFound", "faults.disabled", "Fault switches are not enabled.");
        return { faults: switches.names.map((name) => toFault(switches, name)) };
      },
    }),
    defineRoute({
      method: "put",
      path: "/internal/faults/:name",
      summary: "Switch a fault on or off",
      tags: ["internal"],
      access: "public",
      params: z.object({ name: z.string() }),
      body: z.strictObject({ on: z.boolean() }),
      responses: { 200: fault },
      handle: async ({ params, body }) => {
        if (!switches.enabled)
          throw new AppError("notFound", "faults.disabled", "Fault switches are not enabled.");
        switches.set(params.name, body.on);
        return toFault(switches, params.name);
      },
    }),
  ];
}

function toFault(switches: FaultSwitches, name: string): z.input<typeof fault> {
  const description = switches.describe(name);
  return { name, on: switches.isOn(name), ...(description === undefined ? {} : { description }) };
}

function unknownFault(name: string): AppError {
  return new AppError("notFound", "faults.unknown", `This service has no fault switch "${name}".`);
}
