import { context, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
} from "@opentelemetry/instrumentation";

type Callback = (error: unknown, ...results: unknown[]) => void;
type PoolState = {
  readonly options: { readonly max: number };
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
};
type Connect = (this: PoolState, callback?: Callback) => unknown;
type Pool = { prototype: { connect: Connect } };

/** A shorter wait is told by nobody: a busy pool hands connections on all the time. */
const waitMsMin = 5;

/**
 * Keeps a statement that waited for a connection in the trace of the request that asked for it, and shows the wait. A pool
 * calls a waiter back from whoever gives a connection back, and instrumentation-pg restores the context only for its
 * connect spans, which are switched off: without this, statements of a busy pool land in the traces of others, or in none.
 * Its connect spans would be there for every statement; ours are there only for those that found the pool exhausted, and
 * without them the wait would look like work of the request's own code.
 */
export class PoolContextInstrumentation extends InstrumentationBase<InstrumentationConfig> {
  constructor() {
    super("@kontor/kit/pool-context", "1", {});
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition(
      "pg-pool",
      [">=3 <4"],
      (module: Pool | { default: Pool }) => {
        const pool = "default" in module ? module.default : module;
        const original = pool.prototype.connect;
        const watch = () => watchWait(this.tracer);
        // Not by _wrap, which takes off the wrapper of instrumentation-pg to put on its own.
        pool.prototype.connect = function connect(callback) {
          const ended = mustWait(this) ? watch() : undefined;
          if (callback !== undefined) {
            const bound = context.bind(context.active(), callback);
            return original.call(this, (error, ...results) => {
              ended?.(error);
              bound(error, ...results);
            });
          }
          const connecting = original.call(this);
          if (ended !== undefined && connecting instanceof Promise) {
            connecting.then(
              () => ended(undefined),
              (error: unknown) => ended(error),
            );
          }
          return connecting;
        };
        return module;
      },
    );
  }
}

/** True when others hold all connections, or stand in line for those that are free. */
function mustWait({ options, totalCount, idleCount, waitingCount }: PoolState): boolean {
  return totalCount >= options.max && idleCount <= waitingCount;
}

/** @returns to be called once the wait is over; a span is made only then, as child of what is active now */
function watchWait(tracer: Tracer): ((error: unknown) => void) | undefined {
  const parent = context.active();
  if (trace.getSpan(parent) === undefined) return undefined;
  const startTime = new Date();
  return (error) => {
    if (Date.now() - startTime.getTime() < waitMsMin) return;
    const attributes = { "db.system.name": "postgresql" };
    const span = tracer.startSpan(
      "pg-pool.connect",
      { kind: SpanKind.CLIENT, attributes, startTime },
      parent,
    );
    if (error instanceof Error) {
      span.setAttribute("error.type", error.name).setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  };
}
