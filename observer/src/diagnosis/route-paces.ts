/** Requests of a route in the window, and those of them that took longer than its limit. */
export interface RoutePace {
  readonly requests: number;
  readonly slow: number;
}

/** How many of each route's requests were slow of late. Time is an argument. */
export interface RoutePaces {
  add(service: string, route: string, isSlow: boolean, atMs: number): void;
  get(service: string, route: string, atMs: number): RoutePace;
}

interface Second {
  readonly at: number;
  requests: number;
  slow: number;
}

/** Bounded: the route heard of longest ago gives way, and each has one entry a second. */
export function createRoutePaces(options: {
  readonly windowSeconds: () => number;
  readonly routesMax: number;
}): RoutePaces {
  const routes = new Map<string, Second[]>();
  const keyOf = (service: string, route: string): string => `${service}\u001f${route}`;
  return {
    add(service, route, isSlow, atMs) {
      const key = keyOf(service, route);
      const at = Math.floor(atMs / 1_000);
      const since = at - options.windowSeconds();
      const seconds = (routes.get(key) ?? []).filter((second) => second.at > since);
      let current = seconds.at(-1);
      if (current?.at !== at) {
        current = { at, requests: 0, slow: 0 };
        seconds.push(current);
      }
      current.requests += 1;
      if (isSlow) current.slow += 1;
      // Put at the end again: a Map keeps the order in which keys were set.
      routes.delete(key);
      routes.set(key, seconds);
      if (routes.size > options.routesMax)
        for (const oldest of routes.keys()) return void routes.delete(oldest);
    },
    get(service, route, atMs) {
      const since = Math.floor(atMs / 1_000) - options.windowSeconds();
      const seconds = (routes.get(keyOf(service, route)) ?? []).filter((second) => second.at > since);
      return {
        requests: seconds.reduce((sum, second) => sum + second.requests, 0),
        slow: seconds.reduce((sum, second) => sum + second.slow, 0),
      };
    },
  };
}
