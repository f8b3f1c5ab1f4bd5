type Closable = AsyncDisposable | Disposable;

/** What a process has opened. Closed in reverse order of opening; one that fails to close does not keep the others open. */
export class Resources implements AsyncDisposable {
  readonly #open: Closable[] = [];

  /** Hands the resource over and returns it. */
  use<T extends Closable>(resource: T): T {
    this.#open.push(resource);
    return resource;
  }

  /** Something to do at the end that is no object of its own. */
  defer(close: () => void | Promise<void>): void {
    this.#open.push({
      async [Symbol.asyncDispose]() {
        await close();
      },
    });
  }

  /** @throws AggregateError with every failure, after all were tried */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let resource = this.#open.pop(); resource !== undefined; resource = this.#open.pop()) {
      try {
        if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
        else resource[Symbol.dispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "Some resources could not be closed.");
  }
}
