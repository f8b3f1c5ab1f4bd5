import { describe, expect, it } from "vitest";
import { openWebhookLog, readArrivals } from "../../../bench/webhook/webhook-log.ts";

const alert = (service: string, status = "firing") => ({
  status,
  labels: { alertname: "memoryMbMax", service, severity: "warning" },
});

const post = (url: string, ...alerts: object[]): Promise<Response> =>
  fetch(url, { method: "POST", body: JSON.stringify({ version: "4", alerts }) });

describe("readArrivals", () => {
  // Red when: the test for "firing" is left out: the end of an old alert would pass for the beginning of a new one.
  it("tells each firing alert, and nothing that is resolved or about no service", () => {
    const alerts = [alert("a"), alert("b", "resolved"), { ...alert("c"), labels: { alertname: "x" } }];
    expect(readArrivals("ours", JSON.stringify({ alerts }), 7)).toEqual([
      { sender: "ours", rule: "memoryMbMax", service: "a", atMs: 7 },
    ]);
  });
});

it("the log keeps the first message of each sender apart", async () => {
  await using log = await openWebhookLog();
  const before = Date.now();
  await post(log.url("ours"), alert("a"));
  const first = log.find("ours", "memoryMbMax", "a");
  await post(log.url("ours"), alert("a"));
  expect(first?.atMs).toBeGreaterThanOrEqual(before);
  expect(log.find("ours", "memoryMbMax", "a")).toBe(first);
  expect(log.find("theirs", "memoryMbMax", "a")).toBeUndefined();
});
