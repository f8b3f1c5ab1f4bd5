/** What can be wrong with a source outside of the observer. Listed in docs/errors.md. */
export type SignalSourceErrorCode =
  | "source.unreachable"
  | "source.slow"
  | "source.unauthorized"
  | "source.not_found"
  | "source.busy"
  | "source.refused"
  | "source.broken_answer"
  | "source.stale";

/** A source that is away, slow or wrong. The message says what, where and how to mend it, and holds no secret. */
export class SignalSourceError extends Error {
  readonly code: SignalSourceErrorCode;

  constructor(code: SignalSourceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SignalSourceError";
    this.code = code;
  }
}

/** An address without what could be a secret in it. */
export function toShownUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
