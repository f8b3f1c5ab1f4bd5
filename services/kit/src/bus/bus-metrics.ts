import { MESSAGING_DELIVERY_DURATION, MESSAGING_QUEUE_DEPTH } from "../metric-names.ts";

/** Bounds the messaging conventions recommend, in seconds. */
const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const duration = { unit: "s", advice: { explicitBucketBoundaries: durationBounds } };

/** The metrics of the bus; the first four are those of the semantic conventions for messaging. */
export const busMetrics = {
  clientOperationDuration: {
    ...duration,
    name: "messaging.client.operation.duration",
    description: "Time to hand an event to the bus until it is stored there.",
  },
  processDuration: {
    ...duration,
    name: "messaging.process.duration",
    description: "Time a consumer works on an event.",
  },
  sentMessages: {
    unit: "{message}",
    name: "messaging.client.sent.messages",
    description: "Events handed to the bus, failures among them.",
  },
  consumedMessages: {
    unit: "{message}",
    name: "messaging.client.consumed.messages",
    description: "Events handed to a consumer, repeats among them.",
  },
  deliveryDuration: {
    unit: "s",
    advice: { explicitBucketBoundaries: [...durationBounds, 30, 60, 300, 1_800] },
    name: MESSAGING_DELIVERY_DURATION,
    description: "Time from what happened to the consumer that begins to work on it: the lag of a queue.",
  },
  queueDepth: {
    unit: "{message}",
    name: MESSAGING_QUEUE_DEPTH,
    description: "Events that wait for a consumer, those that wait for another try among them.",
  },
};
