import { describe, expect, it } from "vitest";
import { redactMessage } from "../../src/telemetry/redact-message.ts";
import { redactQuery } from "../../src/telemetry/redact-url.ts";

describe("redactQuery", () => {
  it.each([
    ["", ""],
    ["q=M%C3%BCller", "q=*"],
    ["limit=20&offset=400000&open=true", "limit=20&offset=400000&open=true"],
    ["phone=491711234567", "phone=*"],
    ["token=a=b&x", "token=*&x"],
    ["id=7c9e6679-7425-40de-944b-e07fc1f90ae7&q=", "id=*&q=*"],
  ])("%j becomes %j", (query, expected) => {
    expect(redactQuery(query)).toBe(expected);
  });
});

describe("redactMessage", () => {
  it.each([
    ['invalid input syntax for type uuid: "Miriam"', 'invalid input syntax for type uuid: "?"'],
    ['relation "core_erp.orders" does not exist', 'relation "core_erp.orders" does not exist'],
    [
      'duplicate key value violates unique constraint "users_email_key" (email)=(a@b.example)',
      'duplicate key value violates unique constraint "users_email_key" (email)=(?)',
    ],
    ["date/time field value out of range: '1984-31-12'", "date/time field value out of range: '?'"],
    ["deadlock detected", "deadlock detected"],
  ])("%j becomes %j", (message, expected) => {
    expect(redactMessage(message)).toBe(expected);
  });
});
