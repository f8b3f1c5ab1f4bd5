/**
 * The registry of what our own telemetry is called beyond the semantic conventions, and the bounds of our histograms.
 * A test fails on a name of ours that stands anywhere else.
 */

/** Cores this process may use: the quota of its cgroup, else the processors. CPU limits are cores used over this. */
export const PROCESS_CPU_ALLOWED = "kontor.process.cpu.allowed";

/** Time from what happened to the consumer that begins to work on it: the lag of a queue. */
export const MESSAGING_DELIVERY_DURATION = "kontor.messaging.delivery.duration";

/** Events that wait in the queue of a consumer: {message}. */
export const MESSAGING_QUEUE_DEPTH = "kontor.messaging.queue.depth";

/** Reads of a cache: {read}, by CACHE_NAME and CACHE_RESULT. */
export const CACHE_READS = "kontor.cache.reads";
export const CACHE_NAME = "kontor.cache.name";

/** `hit`, `miss`, or `away`: the store could not be reached. */
export const CACHE_RESULT = "kontor.cache.result";

/** One point per poll of a service's `healthUrl` by the observer: 1 passed, 0 failed. */
export const HEALTH_UP = "kontor.health.up";

/** Attempts to send a mail: {mail}, by MAIL_KIND and MAIL_OUTCOME. */
export const MAIL_DELIVERIES = "kontor.mail.deliveries";

/** `alert`, `order` or `report`. */
export const MAIL_KIND = "kontor.mail.kind";

/** `sent`, `failed` (tried again) or `dead` (given up). */
export const MAIL_OUTCOME = "kontor.mail.outcome";

/** Keyed hash of the parameters of a statement: equal means equal parameters, and nothing more can be learned from it. */
export const DB_PARAMETERS_HASH = "kontor.db.parameters_hash";

/** The stable code of the problem a request was answered with, as docs/errors.md lists it. */
export const ERROR_CODE = "kontor.error.code";

/** What happened to orders, counted by currency: {order}. */
export const ORDERS_PLACED = "kontor.orders.placed";
export const ORDERS_CONFIRMED = "kontor.orders.confirmed";
export const ORDERS_CANCELLED = "kontor.orders.cancelled";

/** Totals of those orders in hundredths of the currency, by ORDER_EVENT and CURRENCY. */
export const ORDERS_AMOUNT = "kontor.orders.amount";

/** `placed`, `confirmed` or `cancelled`. */
export const ORDER_EVENT = "kontor.order.event";

/** ISO 4217. */
export const CURRENCY = "kontor.currency";

/** On spans and in logs only, never on metrics. */
export const ORDER_ID = "kontor.order.id";
export const ORDER_NUMBER = "kontor.order.number";

/** What the observer says of itself and of what it found, on its page `/metrics`. */
export const OBSERVER_ALERTS = "kontor.alerts";
export const OBSERVER_RULES = "kontor.rules";
export const OBSERVER_FINDINGS = "kontor.findings";
/** Time lost to what a finding says, since it was first seen: s. */
export const OBSERVER_FINDINGS_LOST_TIME = "kontor.findings.lost.time";
/** When a version was first heard of or announced: s since the epoch. */
export const OBSERVER_DEPLOYMENT_TIME = "kontor.deployment.time";
/** Since the last tick that ended: s. */
export const OBSERVER_TICK_AGE = "kontor.observer.tick.age";
export const OBSERVER_TICKS_MISSED = "kontor.observer.ticks.missed";
/** Thresholds of observer_config.json that match nothing. */
export const OBSERVER_THRESHOLDS_DEAD = "kontor.observer.thresholds.dead";
/** Items of OTLP, by `kind`. */
export const OBSERVER_ITEMS_ACCEPTED = "kontor.observer.items.accepted";
/** By `kind` and `reason`. */
export const OBSERVER_ITEMS_REFUSED = "kontor.observer.items.refused";
/** By `reason`. */
export const OBSERVER_REQUESTS_REJECTED = "kontor.observer.requests.rejected";
/** Accepted and not stored yet: By. */
export const OBSERVER_JOURNAL_LAG = "kontor.observer.journal.lag";
export const OBSERVER_TRACES_HELD = "kontor.observer.traces.held";
export const OBSERVER_TRACES_DIAGNOSED = "kontor.observer.traces.diagnosed";
/** Messages that wait for a receiver. */
export const OBSERVER_DELIVERIES_PENDING = "kontor.observer.deliveries.pending";

/**
 * Upper bounds of the histograms of durations, in seconds. A superset of the bounds the semantic conventions recommend
 * for HTTP and databases, dense between 20 ms and 1 s, where limits usually stand: there a quantile is known to within
 * a quarter of its value or better. Fixed: two services can only be added up when they share them.
 */
export const durationBoundsSeconds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.075, 0.1, 0.125, 0.15,
  0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 30,
];

/** The histograms that are recorded with `durationBoundsSeconds`. */
export const durationHistograms: readonly string[] = [
  "http.server.request.duration",
  "http.client.request.duration",
  "db.client.operation.duration",
];

/** Runtime metrics that are dropped: 13 heap spaces each, once a second, and nothing that size and use do not say. */
export const droppedMetrics: readonly string[] = [
  "v8js.memory.heap.space.available_size",
  "v8js.memory.heap.space.physical_size",
];
