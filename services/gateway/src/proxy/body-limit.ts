import type { IncomingMessage } from "node:http";
import { AppError } from "@kontor/kit/errors";

/**
 * Watches the size of a body that is streamed elsewhere: at once where its length is announced, else while it comes.
 *
 * @returns to be called with each piece of the body
 * @throws AppError `request.too_large` when the announced length is above the limit
 */
export function createBodyWatch(
  req: IncomingMessage,
  limitBytes: number,
  onTooLarge: (error: AppError) => void,
): (chunk: Buffer) => void {
  const announced = Number(req.headers["content-length"] ?? 0);
  if (announced > limitBytes) throw toTooLarge(limitBytes);
  let bytes = 0;
  return (chunk) => {
    bytes += chunk.length;
    if (bytes > limitBytes) onTooLarge(toTooLarge(limitBytes));
  };
}

function toTooLarge(limitBytes: number): AppError {
  return new AppError("tooLarge", "request.too_large", `The body is larger than ${limitBytes} bytes.`, {
    details: { limitBytes },
    // The rest of the body is not read: the connection cannot be used again.
    headers: { Connection: "close" },
  });
}
