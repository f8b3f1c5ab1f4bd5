import { describe, expect, it } from "vitest";
import { toClientHeaders, toUpstreamHeaders } from "../../src/proxy/headers.ts";

const client = { addresses: ["203.0.113.7"], host: "erp.example", protocol: "http" };

describe("toUpstreamHeaders", () => {
  // Red when: the names in Connection are not looked at.
  it("drops what is meant for this connection alone, the headers named in Connection too", () => {
    const headers = {
      connection: "close, X-Secret-Hop",
      "x-secret-hop": "1",
      "keep-alive": "timeout=5",
      te: "trailers",
      trailer: "Digest",
      upgrade: "websocket",
      "proxy-authorization": "Basic x",
      expect: "100-continue",
      accept: "*/*",
      authorization: "Bearer t",
    };
    expect(toUpstreamHeaders(headers, client, "10.0.0.1:8002")).toEqual({
      accept: "*/*",
      authorization: "Bearer t",
      host: "10.0.0.1:8002",
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-host": "erp.example",
      "x-forwarded-proto": "http",
    });
  });

  // Red when: a forwarding header of the client is copied.
  it("believes nothing a client says about itself", () => {
    const headers = {
      forwarded: "for=1.2.3.4",
      "x-forwarded-for": "1.2.3.4",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      "x-real-ip": "1.2.3.4",
    };
    expect(JSON.stringify(toUpstreamHeaders(headers, client, "h"))).not.toMatch(/1\.2\.3\.4|evil|https/);
  });

  it("sends a body of unknown length in chunks again", () => {
    const headers = toUpstreamHeaders({ "transfer-encoding": "chunked" }, client, "h");
    expect(headers["transfer-encoding"]).toBe("chunked");
  });
});

describe("toClientHeaders", () => {
  it("keeps what is for the client, several cookies each", () => {
    const headers = {
      connection: "keep-alive",
      "keep-alive": "timeout=65",
      "set-cookie": ["a=1", "b=2"],
      etag: '"x"',
    };
    expect(toClientHeaders(headers)).toEqual({ "set-cookie": ["a=1", "b=2"], etag: '"x"' });
  });
});
