import { context } from "@opentelemetry/api";
import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
} from "@opentelemetry/instrumentation";

type Connect = (this: unknown, callback?: (...results: unknown[]) => void) => unknown;
type Pool = { prototype: { connect: Connect } };

/**
 * Keeps a statement that waited for a connection in the trace of the request that asked for it. A pool calls a waiter
 * back from whoever gives a connection back, and instrumentation-pg restores the context only for its connect spans,
 * which are switched off: without this, statements of a busy pool land in the traces of others, or in none.
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
        // Not by _wrap, which takes off the wrapper of instrumentation-pg to put on its own.
        pool.prototype.connect = function connect(callback) {
          return original.call(this, callback && context.bind(context.active(), callback));
        };
        return module;
      },
    );
  }
}
