import type { HistoryRange } from "./endpoint-history.ts";
import type { StoreClient } from "./store-client.ts";

/** A service as spans name it. */
export interface CallParty {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
}

/** What a span says of the other side where that is no observed service: `postgresql` and `shop`, `rabbitmq` and `orders`, "" and `mail.example:25`. */
export interface CallPeer {
  readonly kind: "database" | "broker" | "external";
  readonly system: string;
  readonly name: string;
}

/**
 * Calls that look alike. `request`: from the caller's side, to a service or a peer. `publish`: to a broker. `consume`: from a broker, or
 * from a service where no broker is named. `arrival`: requests whose caller is not observed.
 */
export interface CallGroup {
  readonly kind: "request" | "publish" | "consume" | "arrival";
  readonly caller: CallParty | undefined;
  readonly callee: CallParty | undefined;
  readonly peer: CallPeer | undefined;
  /** Counted, not scaled: `CallMap.tracesPerSample` says what they stand for. */
  readonly calls: number;
  readonly failed: number;
  /** Calls by duration: the n-th stretch reaches from 1.1^n to 1.1^(n+1) ms. */
  readonly durations: readonly (readonly [stretch: number, calls: number])[];
  readonly slowestTraceId: string;
  /** The newest that failed. */
  readonly failedTraceId: string | undefined;
}

export interface CallMap {
  readonly groups: readonly CallGroup[];
  /** 1 where every trace was read; n where every n-th was, chosen by its id, because there are too many. */
  readonly tracesPerSample: number;
  /** There are more groups than were asked for. */
  readonly isCut: boolean;
}

export type CallQuestion = HistoryRange & {
  /** Of spans that are joined: it bounds memory and time. */
  readonly spansMax: number;
  readonly groupsMax: number;
};

/** Who called whom, over open and closed segments. */
export interface CallHistory {
  listCalls(question: CallQuestion): Promise<CallMap>;
}

export interface CallHistoryCalls {
  listCalls: { args: CallQuestion; answer: CallMap };
}

export function createCallHistory(client: Pick<StoreClient, "call">): CallHistory {
  return { listCalls: (question) => client.call("listCalls", question) };
}
