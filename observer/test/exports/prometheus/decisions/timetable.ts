/** What a service does in a second. Times in seconds. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly routeSeconds: number;
  /** Routes that take longer, with how long. */
  readonly slowRoutes: Readonly<Record<string, number>>;
  /** Of the route it has first. */
  readonly status: number;
  readonly callSeconds: number;
  readonly callStatus: number;
  readonly querySeconds: number;
  readonly queriesFail: boolean;
  readonly messageSeconds: number;
  readonly messagesFail: boolean;
  readonly deliverySeconds: number;
  /** Of four that it may use. */
  readonly cores: number;
  readonly memoryMb: number;
  readonly heapMb: number;
  readonly loopDelaySeconds: number;
  readonly loopUse: number;
  readonly collectingSeconds: number;
  /** Of ten. */
  readonly connections: number;
  readonly waiting: number;
  readonly queued: number;
  /** Of a thousand. */
  readonly exportsQueued: number;
  readonly ordersPerSecond: number;
  /** What its `healthUrl` answers. */
  readonly isHealthy: boolean;
  /** Sends nothing. */
  readonly isSilent: boolean;
}

export const healthy: Load = {
  ...{ requestsPerSecond: 20, routeSeconds: 0.02, slowRoutes: {}, status: 200 },
  ...{ callSeconds: 0.02, callStatus: 200, querySeconds: 0.004, queriesFail: false },
  ...{ messageSeconds: 0.02, messagesFail: false, deliverySeconds: 0.02 },
  ...{ cores: 0.4, memoryMb: 100, heapMb: 40, loopDelaySeconds: 0.01, loopUse: 0.1, collectingSeconds: 0.01 },
  ...{ connections: 1, waiting: 0, queued: 3, exportsQueued: 10, ordersPerSecond: 2 },
  ...{ isHealthy: true, isSilent: false },
};

/** The services, `other` being one that the configuration does not name, and the routes of each. */
export const routesOf: Readonly<Record<string, readonly string[]>> = {
  shop: ["GET /items", "POST /orders"],
  stock: ["GET /stock/:id"],
  worker: [],
  cache: [],
  other: ["GET /"],
};
export const ordersMetric = "shop.orders.placed";

/** Short times, so that two minutes are enough, and limits that differ by service and by route. */
export function toConfiguration(healthUrl: string): object {
  return {
    defaults: {
      ...{ windowSeconds: 10, forSeconds: 3, keepFiringSeconds: 3, minRequests: 5 },
      latencyP95MsMax: 200,
      errorRatioMax: { limit: 0.05, forSeconds: 0 },
      memoryMbMax: { limit: 300, clear: 250 },
      eventLoopDelayP99MsMax: { limit: 100, forSeconds: 0, keepFiringSeconds: 0 },
    },
    services: {
      shop: {
        critical: true,
        healthUrl,
        availabilityRatioMin: 0.8,
        ...{ httpClientLatencyP95MsMax: 200, httpClientErrorRatioMax: 0.05 },
        ...{ databaseLatencyP95MsMax: 100, databaseErrorRatioMax: 0.05 },
        ...{ databasePoolRatioMax: 0.85, databasePoolPendingMax: 5 },
        counters: { [ordersMetric]: { perMinuteMin: 60, perMinuteMax: 600 } },
        endpoints: {
          "GET /items": { latencyP50MsMax: 150, latencyP99MsMax: { limit: 300, severity: "info" } },
          "POST /orders": { latencyP95MsMax: { limit: 700, clear: 400, keepFiringSeconds: 5 } },
        },
      },
      stock: {
        memoryMbMax: 600,
        ...{ serviceLatencyP95MsMax: 400, serviceErrorRatioMax: 0.2 },
        ...{ requestsPerSecondMin: 6, requestsPerSecondMax: 60 },
        ...{ heapUsedMbMax: 200, eventLoopUtilizationRatioMax: 0.7, gcTimeRatioMax: 0.25 },
      },
      worker: {
        ...{ messagingLatencyP95MsMax: 200, messagingErrorRatioMax: 0.05, messagingDeliveryP95MsMax: 1000 },
        ...{
          queueDepthMax: 100,
          exportQueueRatioMax: 0.5,
          cpuRatioMax: { limit: 0.7, severity: "critical" },
        },
      },
    },
  };
}

/** A time, in seconds since the first export, in which a service is not healthy. */
export interface Fault {
  readonly service: string;
  readonly from: number;
  readonly to: number;
  readonly load: Partial<Load>;
}

/** Windows are full then, and every rule is at rest. */
export const warmSeconds = 14;

const fault = (service: string, at: number, seconds: number, load: Partial<Load>): Fault => ({
  ...{ service, load },
  from: warmSeconds + at,
  to: warmSeconds + at + seconds,
});

/** One cause after the other, at different places, each long enough to be told. */
export const faults: readonly Fault[] = [
  fault("shop", 0, 10, { slowRoutes: { "GET /items": 0.4 } }),
  fault("worker", 1, 9, { messageSeconds: 0.4 }),
  fault("stock", 2, 10, { heapMb: 250 }),
  fault("other", 3, 8, { loopDelaySeconds: 0.3 }),
  fault("shop", 5, 9, { callSeconds: 0.8 }),
  fault("worker", 6, 9, { queued: 400 }),
  // Held between `clear` and the limit for a while, then good.
  fault("other", 8, 9, { memoryMb: 400 }),
  fault("other", 17, 6, { memoryMb: 280 }),
  fault("stock", 9, 10, { memoryMb: 800 }),
  fault("shop", 11, 8, { querySeconds: 0.3 }),
  fault("worker", 12, 9, { messagesFail: true }),
  // Nothing is heard of it while it is good.
  fault("cache", 13, 16, { isSilent: true }),
  fault("stock", 14, 8, { collectingSeconds: 0.9 }),
  fault("shop", 16, 8, { waiting: 20 }),
  fault("worker", 18, 9, { deliverySeconds: 4 }),
  fault("stock", 19, 12, { loopUse: 1 }),
  fault("other", 21, 7, { status: 500 }),
  fault("shop", 22, 8, { ordersPerSecond: 40 }),
  fault("worker", 24, 9, { cores: 30 }),
  fault("shop", 26, 10, { slowRoutes: { "POST /orders": 0.9 } }),
  fault("stock", 28, 8, { requestsPerSecond: 300 }),
  fault("worker", 29, 9, { exportsQueued: 900 }),
  fault("shop", 31, 8, { isHealthy: false }),
  fault("other", 33, 8, { routeSeconds: 0.4 }),
  fault("shop", 35, 8, { callStatus: 503 }),
  // Over its limit while it is not heard of: it goes on, and is not called off by silence.
  fault("cache", 37, 5, { memoryMb: 500 }),
  fault("cache", 42, 14, { isSilent: true }),
  fault("stock", 43, 13, { status: 500 }),
  // Over its limit for less than `forSeconds`.
  fault("other", 45, 2, { memoryMb: 350 }),
  fault("shop", 46, 12, { ordersPerSecond: 0.1 }),
  fault("shop", 48, 8, { queriesFail: true }),
  fault("stock", 54, 13, { requestsPerSecond: 1 }),
  fault("shop", 56, 8, { connections: 10 }),
  fault("stock", 58, 8, { routeSeconds: 0.9 }),
];

/** After so many seconds everything has been told and called off. */
export const totalSeconds = Math.max(...faults.map(({ to }) => to)) + 15;

/** What a service does in a second of the timetable. */
export function loadOf(service: string, second: number): Load {
  const now = faults.filter((one) => one.service === service && second >= one.from && second < one.to);
  return Object.assign({}, healthy, ...now.map(({ load }) => load)) as Load;
}
