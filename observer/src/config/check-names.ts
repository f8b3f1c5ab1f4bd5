import { nearestName } from "@kontor/kit/nearest-name";
import { findCircular } from "./find-circular.ts";
import type { Report } from "./find-impossible.ts";
import type { PathPart } from "./problem.ts";
import { valueAt } from "./value-at.ts";

// Names are read from the file as it stands: what is wrong besides them hides none of their own mistakes.

/** A file may name 20,000 services: comparing each unknown name with each of them would take minutes. */
const affordableComparisons = 200_000;
const shownNames = 20;

/** Dependencies that lead nowhere, or round in a circle. */
export function checkDependencies(file: unknown, report: Report): void {
  const services = new Map<string, readonly unknown[]>();
  for (const [name, service] of Object.entries(asObject(valueAt(file, ["services"])))) {
    const dependsOn = valueAt(service, ["dependsOn"]);
    services.set(name, Array.isArray(dependsOn) ? dependsOn : []);
  }
  const names = [...services.keys()];
  const shown = names.slice(0, shownNames).join(", ");
  const further = names.length > shownNames ? ` and ${names.length - shownNames} more` : "";
  const isCircular = findCircular(services);
  let comparisons = 0;
  for (const [name, dependsOn] of services) {
    for (const [index, other] of dependsOn.entries()) {
      if (typeof other !== "string") continue;
      const path = ["services", name, "dependsOn", index];
      if (services.has(other)) {
        if (!isCircular(name, other)) continue;
        const message = `depends on ${name} in turn`;
        report(path, { message, given: other, allowed: "dependencies without a circle" });
        continue;
      }
      comparisons += names.length;
      const near = comparisons > affordableComparisons ? undefined : nearestName(other, names);
      report(path, {
        message: "is not a service of this file",
        given: other,
        allowed: `one of ${shown}${further}`,
        suggestion: near === undefined ? undefined : JSON.stringify(near),
      });
    }
  }
}

/** Names of a list that stand twice. */
export function checkNames(file: unknown, path: readonly PathPart[], report: Report): void {
  const list = valueAt(file, path);
  const seen = new Set<string>();
  for (const [index, item] of (Array.isArray(list) ? list : []).entries()) {
    const name = valueAt(item, ["name"]);
    if (typeof name !== "string" || name === "") continue;
    if (seen.has(name))
      report([...path, index, "name"], {
        message: "stands twice",
        given: name,
        allowed: "each name once",
      });
    seen.add(name);
  }
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
