import { randomUUID } from "node:crypto";
import { createAuthenticate } from "@kontor/kit/http/authenticate";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { createTestIssuer, type TestIssuer } from "@kontor/kit/testing/tokens";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createNotificationApp } from "../../src/app.ts";
import { insertNotification } from "../../src/inbox/inbox.repo.ts";
import { tidyUp } from "../../src/tidy.ts";

const logger = createLogger({ service: "notification", level: "silent" });
let resources: AsyncDisposableStack;
let db: TestDatabase;
let issuer: TestIssuer;
let api: Awaited<ReturnType<typeof startApp>>;

beforeAll(async () => {
  resources = new AsyncDisposableStack();
  const migrations = new URL("../../migrations/", import.meta.url);
  db = resources.use(await openTestDatabase({ schema: "notification", migrations }));
  issuer = resources.use(await createTestIssuer());
  const authenticate = createAuthenticate(issuer);
  api = resources.use(
    await startApp(createNotificationApp({ version: "1", db, logger, authenticate, health: [] })),
  );
});
beforeEach(async () => {
  await db.query({ text: "truncate notifications cascade" });
});
afterAll(async () => {
  await resources[Symbol.asyncDispose]();
});

async function insert(title: string, roles = ["admin"]): Promise<void> {
  const notification = {
    sourceId: randomUUID(),
    roles,
    kind: "alert",
    severity: "warning",
    threadId: "t",
  } as const;
  await insertNotification(db, { ...notification, roles, title, body: "b", url: null });
}

async function as(userId: string, roles = ["admin"]) {
  const token = await issuer.token({ userId, roles });
  return {
    get: async (path = "") => (await api.request("GET", `/api/notifications${path}`, { token })).body,
    post: (path: string, body?: unknown) => api.request("POST", `/api/notifications${path}`, { token, body }),
  };
}

const toTitles = (page: { notifications: { title: string }[] }) =>
  page.notifications.map(({ title }) => title);

it("comes in pages, newest first, that neither skip nor repeat while more comes in", async () => {
  for (let n = 1; n <= 5; n++) await insert(`n${n}`);
  const user = await as("u1");
  const first = await user.get("?limit=2");
  expect(toTitles(first)).toEqual(["n5", "n4"]);
  await insert("n6");
  const second = await user.get(`?limit=2&cursor=${first.nextCursor}`);
  expect(toTitles(second)).toEqual(["n3", "n2"]);
  const third = await user.get(`?limit=2&cursor=${second.nextCursor}`);
  expect(toTitles(third)).toEqual(["n1"]);
  expect(third.nextCursor).toBeNull();
});

it("is read by each for themselves", async () => {
  await insert("n1");
  await insert("n2");
  const [one, other] = [await as("u1"), await as("u2", ["observer", "admin"])];
  const [newest] = (await one.get()).notifications;
  expect((await one.post(`/${newest.id}/read`)).status).toBe(204);
  expect((await one.post(`/${newest.id}/read`)).status).toBe(204);
  expect(await one.get()).toMatchObject({
    unreadCount: 1,
    notifications: [{ isRead: true }, { isRead: false }],
  });
  expect(toTitles(await one.get("?unread=true"))).toEqual(["n1"]);
  expect(await one.get("/unread-count")).toEqual({ unreadCount: 1 });
  expect(await other.get("/unread-count")).toEqual({ unreadCount: 2 });
});

it("marks all as read up to a time, and leaves unread what came later", async () => {
  await insert("seen");
  const user = await as("u1");
  const [seen] = (await user.get()).notifications;
  await insert("later");
  await db.query({
    text: "update notifications set created_at = created_at + interval '1 s' where title = 'later'",
  });
  expect((await user.post("/read-all", { until: seen.createdAt })).status).toBe(204);
  expect(toTitles(await user.get("?unread=true"))).toEqual(["later"]);
});

it("does not tell of what is another's", async () => {
  await insert("for admins");
  const [row] = (await (await as("u1")).get()).notifications;
  const stranger = await as("u2", ["sales"]);
  const answer = await stranger.post(`/${row.id}/read`);
  expect({ status: answer.status, code: answer.body.code }).toEqual({
    status: 404,
    code: "notifications.not_found",
  });
  expect((await stranger.get()).notifications).toEqual([]);
});

it("refuses a cursor that is none", async () => {
  const token = await issuer.token();
  for (const cursor of ["nonsense", Buffer.from("2026-01-01T00:00:00Z x").toString("base64url")]) {
    expect((await api.request("GET", `/api/notifications?cursor=${cursor}`, { token })).status).toBe(400);
  }
});

it("forgets after ninety days", async () => {
  await insert("old");
  await insert("young");
  await db.query({
    text: "update notifications set created_at = now() - interval '91 days' where title = 'old'",
  });
  await tidyUp(db);
  expect(toTitles(await (await as("u1")).get())).toEqual(["young"]);
});
