/** The request as a whole cannot be read: answered 400 with this message, never retried by a sender. One bad item is not this. */
export class MalformedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MalformedError";
  }
}
