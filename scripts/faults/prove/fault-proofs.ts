/** A finding as a proof knows it. It is one for the fault, and stands at the route that showed it first: any of `endpoints`. */
export type ExpectedFinding = {
  detector: string;
  service: string;
  /** `null` for a finding about the whole service. */
  endpoints: readonly (string | null)[];
  place: string;
};

/** What one fault must lead to in a system that runs with the shipped configuration under the load of a working day. */
export type FaultProof = {
  /** The switch, as `faults list` shows it. */
  fault: string;
  alert: {
    service: string;
    /** Null for a rule about the whole service. */
    endpoint: string | null;
    rule: string;
  };
  /** Undefined where no detector is due: then the alert stands alone, and every finding is an untrue one. */
  finding?: ExpectedFinding;
  /** One that is true as well, and shows only where the machine is slow enough: then it is no untrue one. */
  mayFind?: ExpectedFinding;
  /** True for one that a fast machine hides from a few people: more come to work until it fires. */
  growsWithUse?: true;
  /** True for a fault that takes the processors from everybody on the machine: what is slow then says nothing about the code. */
  starves?: true;
  fireWithinSeconds: number;
  clearWithinSeconds: number;
};

const service = "core-erp";
/** A window of 30 s must fill with good requests, and 10 s of health must be seen; the rest is for a slow machine. */
const clearWithinSeconds = 75;

/** Every fault that ships, in the order of `faults list`. */
export const faultProofs: readonly FaultProof[] = [
  {
    fault: "n-plus-one",
    alert: { service, endpoint: "GET /api/orders", rule: "latencyP95MsMax" },
    finding: { detector: "n-plus-one-sql", service, endpoints: ["GET /api/orders"], place: "items.load" },
    growsWithUse: true,
    fireWithinSeconds: 45,
    clearWithinSeconds,
  },
  {
    fault: "slow-sql",
    alert: { service, endpoint: "GET /api/customers", rule: "latencyP95MsMax" },
    finding: {
      detector: "slow-sql",
      service,
      endpoints: ["GET /api/customers"],
      place: "customers.search_by_purchases",
    },
    growsWithUse: true,
    fireWithinSeconds: 45,
    clearWithinSeconds,
  },
  {
    fault: "errors",
    alert: { service, endpoint: "GET /api/orders/:id", rule: "errorRatioMax" },
    fireWithinSeconds: 30,
    clearWithinSeconds,
  },
  {
    fault: "event-loop-block",
    alert: { service, endpoint: null, rule: "eventLoopDelayP99MsMax" },
    mayFind: { detector: "slowdown-source", service, endpoints: ["GET /api/items"], place: "GET /api/items" },
    fireWithinSeconds: 60,
    clearWithinSeconds,
  },
  {
    fault: "cpu-burn",
    alert: { service, endpoint: null, rule: "cpuRatioMax" },
    starves: true,
    fireWithinSeconds: 60,
    clearWithinSeconds,
  },
  {
    fault: "memory-leak",
    alert: { service, endpoint: null, rule: "memoryMbMax" },
    fireWithinSeconds: 90,
    clearWithinSeconds,
  },
  {
    fault: "pool-exhaustion",
    alert: { service, endpoint: null, rule: "databasePoolRatioMax" },
    finding: { detector: "slowdown-source", service, endpoints: [null], place: "database connection pool" },
    fireWithinSeconds: 30,
    clearWithinSeconds,
  },
  {
    fault: "lock-wait",
    alert: { service, endpoint: "POST /api/orders", rule: "latencyP95MsMax" },
    finding: {
      detector: "slow-sql",
      service,
      // Both wait for the same lock in the same statement; whichever was slow often enough first.
      endpoints: ["POST /api/orders", "POST /api/orders/:id/confirm", "POST /api/orders/:id/cancel"],
      place: "stock.lock_balances",
    },
    fireWithinSeconds: 45,
    clearWithinSeconds,
  },
];
