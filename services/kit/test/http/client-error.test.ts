import { connect } from "node:net";
import express from "express";
import { describe, expect, it } from "vitest";
import { listen } from "../../src/http/listen.ts";
import { problemSchema } from "../../src/http/problem.ts";

async function send(bytes: string): Promise<string> {
  await using listening = await listen(express(), { port: 0, drainDeadlineMs: 100 });
  const socket = connect(listening.port, "127.0.0.1");
  socket.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("what is no request at all", () => {
  // Red when: listen() leaves the event clientError to Node.
  it.each([
    ["bytes that are not HTTP", "hello\r\n\r\n", 400, "request.malformed_http"],
    [
      "two lengths",
      "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      400,
      "request.malformed_http",
    ],
    [
      "length and chunks at once",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      400,
      "request.malformed_http",
    ],
    [
      "too many headers",
      `GET / HTTP/1.1\r\nX: ${"y".repeat(20_000)}\r\n\r\n`,
      431,
      "request.headers_too_large",
    ],
  ])("%s is answered as a problem, and the connection is closed", async (_name, bytes, status, code) => {
    const answer = await send(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain("Content-Type: application/problem+json");
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).toMatchObject({ status, code });
    // Red when: `problemSchema` asks for what only a request can have; the OpenAPI document then promises more than is answered.
    expect(problemSchema.safeParse(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).success).toBe(true);
  });
});
