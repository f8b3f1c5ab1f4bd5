import { describe, expect, it } from "vitest";
import {
  maskAddress,
  namesSecret,
  redactAddress,
  redactProse,
  redactText,
} from "../../src/ingest/redact-text.ts";

describe("redactText", () => {
  it.each([
    ["ann@example.com wrote", "REDACTED wrote"],
    ["https://user:pass@host/x", "https://REDACTED@host/x"],
    ["Bearer abcdefgh12345", "Bearer REDACTED"],
    ["token eyJhbGciOiJI.eyJzdWIiOiIx.sig_1", "token REDACTED"],
    ["@opentelemetry/instrumentation-http", "@opentelemetry/instrumentation-http"],
    ["core-erp", "core-erp"],
  ])("%s", (given, wanted) => {
    expect(redactText(given)).toBe(wanted);
  });

  it("takes passwords out of prose, and leaves the rest", () => {
    expect(redactProse('login failed: password=hunter2, user_token: "abc def" at 10:30')).toBe(
      "login failed: password=REDACTED, user_token: REDACTED at 10:30",
    );
  });

  it("does not take long over hostile text", () => {
    for (const text of [
      `${"a".repeat(32_000)}@`,
      "a.".repeat(16_000),
      "eyJ".repeat(10_000),
      "password=".repeat(4_000),
    ]) {
      expect(typeof redactProse(text)).toBe("string");
    }
  });
});

describe("redactAddress", () => {
  it.each([
    ["https://h/p?a=1&token=x&api_key=y#part", "https://h/p?a=1&token=REDACTED&api_key=REDACTED#"],
    ["https://u:p@h/p", "https://REDACTED@h/p"],
    ["/p?X-Amz-Signature=abc&code=123", "/p?X-Amz-Signature=REDACTED&code=REDACTED"],
    ["/p?mail=ann%40example.com", "/p?mail=REDACTED"],
    ["/p?page=2", "/p?page=2"],
  ])("%s", (given, wanted) => {
    expect(redactAddress(given, false)).toBe(wanted);
  });
});

describe("namesSecret", () => {
  it.each([
    "password",
    "db.password",
    "accessToken",
    "http.request.header.x-api-key",
    "http.request.header.authorization",
    "client_secret",
  ])("%s is one", (name) => expect(namesSecret(name)).toBe(true));
  it.each([
    "gen_ai.usage.input_tokens",
    "http.route",
    "db.query.text",
    "session.id",
    "keyboard",
    "tokenizer.name",
    "messaging.kafka.message.key",
  ])("%s is none", (name) => expect(namesSecret(name)).toBe(false));
});

describe("maskAddress", () => {
  it.each([
    ["203.0.113.77", "203.0.113.0"],
    ["127.0.0.1", "127.0.0.1"],
    ["10.1.2.3", "10.1.2.3"],
    ["::ffff:203.0.113.77", "203.0.113.0"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::"],
    ["::1", "::1"],
    ["db.internal", "db.internal"],
  ])("%s", (given, wanted) => {
    expect(maskAddress(given)).toBe(wanted);
  });
});
