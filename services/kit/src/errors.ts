/** The closed list of expected failures and the HTTP status each is answered with. */
const statusByKind = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  requestTimeout: 408,
  conflict: 409,
  tooLarge: 413,
  unsupportedMediaType: 415,
  unprocessable: 422,
  tooManyRequests: 429,
  badGateway: 502,
  unavailable: 503,
  timeout: 504,
} as const;

export type AppErrorKind = keyof typeof statusByKind;

export type AppErrorOptions = {
  /** Facts a caller may see and act upon; never secrets, never personal data. */
  details?: Record<string, unknown>;
  /** Answered as the header Retry-After. */
  retryAfterSeconds?: number;
  /** More answer headers, such as WWW-Authenticate or Allow. */
  headers?: Record<string, string>;
  cause?: unknown;
};

/**
 * An expected failure. The message is shown to the caller: it says what is wrong and how to mend it.
 * Anything else that is thrown is a bug and is answered 500 without detail.
 *
 * @param code stable, dotted, listed in docs/errors.md: `orders.already_shipped`
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly kind: AppErrorKind;
  readonly code: string;
  readonly status: number;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Record<string, string>;

  constructor(kind: AppErrorKind, code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.status = statusByKind[kind];
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers ?? {};
  }
}
