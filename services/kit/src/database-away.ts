/**
 * PostgreSQL did not answer: no connection in time (all of the pool were taken, or the server is away), or one that was lost under
 * way. Whether a change was made is not known then. `cause` is the driver's own error, and the message holds the driver's.
 */
export class DatabaseAwayError extends Error {
  override readonly name = "DatabaseAwayError";

  constructor(cause: Error) {
    const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
    super(`PostgreSQL does not answer: ${cause.message || code}`, { cause });
  }
}

/**
 * What to throw on for something that the driver threw: a DatabaseAwayError where it is about the connection, and otherwise
 * what was given.
 */
export function toDatabaseError(error: unknown): unknown {
  return error instanceof Error && isAboutConnection(error) ? new DatabaseAwayError(error) : error;
}

/** Of Node: what happens to sockets and names. */
const socketCodes = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"],
  ...["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENOENT"],
]);

/** Of PostgreSQL: connection exceptions, insufficient resources, and a server that goes down or comes up. */
const sqlState = /^(08\w{3}|53\w{3}|57P0[1235])$/;

/** The driver and its pool have no codes of their own for these. */
const driverWords =
  /^(timeout exceeded when trying to connect|timeout expired|Connection terminated|Query read timeout|Client has encountered a connection error|Client was closed)/;

function isAboutConnection(error: Error): boolean {
  const code = "code" in error ? String(error.code) : "";
  return socketCodes.has(code) || sqlState.test(code) || driverWords.test(error.message);
}
