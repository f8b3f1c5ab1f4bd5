export type StopRequest = Disposable & {
  /** Aborted by the first request. */
  readonly signal: AbortSignal;
  /** Resolves with the first request. */
  readonly asked: Promise<void>;
};

/** npm hands on the SIGINT that the terminal sent to everybody anyway: two that close together are one. */
const sameRequestMs = 700;

/**
 * Listens for the wish to stop: Ctrl-C, SIGTERM, SIGHUP, or the end of the process that started us.
 *
 * @param onAgain called at a further request, by somebody who does not want to wait
 */
export function listenForStop(onAgain: () => void): StopRequest {
  const controller = new AbortController();
  let firstAt = 0;
  let resolveAsked = (): void => {};
  const asked = new Promise<void>((resolve) => {
    resolveAsked = resolve;
  });
  const onRequest = (): void => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > sameRequestMs) onAgain();
      return;
    }
    firstAt = performance.now();
    controller.abort(new StoppedError());
    resolveAsked();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onRequest);
  process.on("disconnect", onRequest);
  // A channel whose other end was closed before anybody listened tells nothing any more.
  if (process.channel === null) onRequest();
  return {
    signal: controller.signal,
    asked,
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onRequest);
      process.off("disconnect", onRequest);
    },
  };
}

/** What an operation that was given up throws: nothing went wrong. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
  constructor() {
    super("stopped on request");
  }
}
