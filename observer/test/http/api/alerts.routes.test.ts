import { AppError } from "@kontor/kit/errors";
import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { noOutsideLinks } from "@kontor/observer/alerts/outside-links";
import { alertRoutes } from "@kontor/observer/http/api/alerts.routes";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nowMs, transitionsOf } from "../pages/page-samples.ts";
import { alertOf } from "../pages/view-samples.ts";

const firing = alertOf();
const gone = alertOf({ fingerprint: "00000000000000b2" });
const fresh = alertOf({ fingerprint: "00000000000000c3" });
let api: Awaited<ReturnType<typeof startApp>>;

beforeAll(async () => {
  const queries = {
    listAlerts: async () => [firing, fresh],
    getAlert: async (fingerprint: string) => [firing, fresh].find((one) => one.fingerprint === fingerprint),
    listAlertTransitions: async (fingerprint: string) => transitionsOf([firing, gone], fingerprint),
  };
  const notFound = (what: string) => new AppError("notFound", "observer.not_found", `no ${what}`);
  const routes = alertRoutes(queries, noOutsideLinks, () => nowMs, notFound);
  const logger = createLogger({ service: "observer", level: "silent" });
  api = await startApp(createApp({ service: "observer", version: "1", logger, health: [], routes }));
});
afterAll(() => api[Symbol.asyncDispose]());

it("a misspelt filter does not answer with every alert", async () => {
  const { status, body } = await api.request("get", "/api/v1/alerts?sevice=core-erp");
  expect([status, body.code]).toEqual([400, "request.invalid"]);
  expect(body.detail).toContain("did you mean service?");
});

// Red when: no transitions are answered as an empty list without a look at the alert itself.
it("there are no transitions of an alert that never was", async () => {
  const { status, body } = await api.request("get", "/api/v1/alerts/ffffffffffffffff/transitions");
  expect([status, body.code]).toEqual([404, "observer.not_found"]);
});

it.each([
  ["is there", firing.fingerprint, true],
  ["is gone with its rule", gone.fingerprint, true],
  ["has none yet", fresh.fingerprint, false],
])("the transitions of an alert that %s are listed", async (_, fingerprint, some) => {
  const { status, body } = await api.request("get", `/api/v1/alerts/${fingerprint}/transitions`);
  expect(status).toBe(200);
  expect(body.transitions.length > 0).toBe(some);
});
