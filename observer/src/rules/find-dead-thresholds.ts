import { nearestName } from "@kontor/kit/nearest-name";
import type { Configuration, Position } from "../config/configuration.ts";
import type { Subject } from "../signals/subject.ts";

/** Something in the file that matches nothing that was observed. */
export interface DeadThreshold extends Position {
  /** `services.core-erp.endpoints["GET /api/order"]`, or the path of a limit. */
  readonly path: string;
  readonly message: string;
  /** The nearest thing that was observed and is not named in the file. */
  readonly suggestion: string | undefined;
}

/** What was observed since the observer's start. */
export interface Observed {
  /** Every service and route that sent something. */
  readonly subjects: Iterable<Pick<Subject, "service" | "route">>;
  /** Paths of limits that had data; undefined where that is not known, and then limits are not reported. */
  readonly pathsWithData?: ReadonlySet<string> | undefined;
  /** Metrics of counters that each service sent; undefined where that is not known, and then counters are not reported. */
  readonly counters?: ReadonlyMap<string, ReadonlySet<string>> | undefined;
}

/**
 * Services, endpoints and counters of the file that were never seen, and limits without data on any subject. What lies below a dead
 * service is not reported again, and optional services are passed over.
 *
 * @returns by place in the file; warnings, and errors under `check --strict`
 */
export function findDeadThresholds(configuration: Configuration, observed: Observed): DeadThreshold[] {
  const routes = routesByService(observed.subjects);
  const place = (path: string) => configuration.positions.get(path) ?? { line: 1, column: 1 };
  const dead: DeadThreshold[] = [];
  const deadPaths: string[] = [];

  for (const service of configuration.services.values()) {
    if (service.optional) continue;
    const seenRoutes = routes.get(service.name);
    if (seenRoutes === undefined) {
      const strangers = [...routes.keys()].filter((name) => !configuration.services.has(name));
      const suggestion = nearestName(service.name, strangers);
      dead.push({
        ...place(service.path),
        path: service.path,
        message: `no service ${service.name} was seen`,
        suggestion,
      });
      deadPaths.push(service.path);
      continue;
    }
    for (const [metric, path] of service.counters) {
      if (observed.counters === undefined || observed.counters.get(service.name)?.has(metric) === true)
        continue;
      dead.push({
        ...place(path),
        path,
        message: `${service.name} was seen, but it sent no ${metric}`,
        suggestion: undefined,
      });
      deadPaths.push(path);
    }
    for (const { route, path } of service.endpoints.values()) {
      if (seenRoutes.has(route)) continue;
      const strangers = [...seenRoutes].filter((name) => !service.endpoints.has(name));
      const message = `${service.name} was seen, but no request of ${route}`;
      dead.push({ ...place(path), path, message, suggestion: nearestName(route, strangers) });
      deadPaths.push(path);
    }
  }
  const { pathsWithData } = observed;
  if (pathsWithData !== undefined) {
    for (const path of limitPaths(configuration)) {
      if (pathsWithData.has(path) || deadPaths.some((above) => path.startsWith(`${above}.`))) continue;
      dead.push({
        ...place(path),
        path,
        message: "no subject had data for this limit",
        suggestion: undefined,
      });
    }
  }
  return dead.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function routesByService(subjects: Observed["subjects"]): Map<string, Set<string>> {
  const routes = new Map<string, Set<string>>();
  for (const { service, route } of subjects) {
    const known = routes.get(service) ?? new Set();
    routes.set(service, known);
    if (route !== undefined) known.add(route);
  }
  return routes;
}

/** Places of limits that some named service or route goes by, each once. */
function limitPaths(configuration: Configuration): Set<string> {
  const services = [...configuration.services.values()].filter(({ optional }) => !optional);
  const levels = services.flatMap((service) => [
    service.limits,
    service.routeLimits,
    ...[...service.endpoints.values()].map(({ limits }) => limits),
  ]);
  return new Set(levels.flat().map(({ path }) => path));
}
