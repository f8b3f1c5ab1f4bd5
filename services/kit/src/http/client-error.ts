import type { Duplex } from "node:stream";

type Answer = { status: number; title: string; code: string; detail: string };

const malformed: Answer = {
  status: 400,
  title: "Invalid request",
  code: "request.malformed_http",
  detail: "This is not HTTP/1.1 as RFC 9112 has it.",
};

const answers: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    title: "Header fields too large",
    code: "request.headers_too_large",
    detail: "The header fields together are larger than 16 KiB.",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    title: "Request too slow",
    code: "request.timeout",
    detail: "The request was not complete in time.",
  },
};

/** What Node answers by itself, before there is a request to hand to the app, as the same problem+json as all else. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, ...answer } = answers[error.code ?? ""] ?? malformed;
  const body = JSON.stringify({ type: `urn:kontor:problem:${answer.code}`, status, ...answer });
  socket.end(
    `HTTP/1.1 ${status} ${answer.title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
