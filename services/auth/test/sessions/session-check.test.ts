import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAuth, type TestAuth } from "../start-auth.ts";

let auth: TestAuth;

beforeAll(async () => {
  auth = await startAuth();
});

afterAll(() => auth[Symbol.asyncDispose]());

const me = async (token: string) => {
  const { status, body } = await auth.request("GET", "/api/auth/me", { token });
  return status === 200 ? status : body.code;
};

/** Ways a session ends, each begun with a good access token whose session the service has just seen alive. */
describe("an access token that is not expired yet", () => {
  // Red when: an end of sessions is not told to the session check.
  it("is refused as soon as its session is logged out", async () => {
    const mine = await auth.enter("sales");
    const other = (await auth.logIn(mine.email)).body;
    expect(await me(mine.accessToken)).toBe(200);
    await auth.request("POST", "/api/auth/logout", { body: { refreshToken: mine.refreshToken } });
    expect(await me(mine.accessToken)).toBe("auth.session_ended");
    expect(await me(other.accessToken)).toBe(200);
  });

  it("is refused as soon as the account is logged out everywhere", async () => {
    const mine = await auth.enter("sales");
    const other = (await auth.logIn(mine.email)).body;
    expect(await me(other.accessToken)).toBe(200);
    const body = { refreshToken: mine.refreshToken, everywhere: true };
    await auth.request("POST", "/api/auth/logout", { body });
    expect(await me(other.accessToken)).toBe("auth.session_ended");
  });

  it("is refused as soon as a refresh token of its session comes twice", async () => {
    const mine = await auth.enter("sales");
    const body = { refreshToken: mine.refreshToken };
    const next = await auth.request("POST", "/api/auth/refresh", { body });
    expect(await me(next.body.accessToken)).toBe(200);
    await auth.request("POST", "/api/auth/refresh", { body });
    expect(await me(next.body.accessToken)).toBe("auth.session_ended");
  });

  it("has no rights any more when an administrator has changed the account", async () => {
    const [boss, other] = [await auth.enter("admin"), await auth.enter("admin")];
    expect(await me(other.accessToken)).toBe(200);
    const path = `/api/auth/users/${other.id}`;
    await auth.request("PATCH", path, { token: boss.accessToken, body: { roles: ["viewer"] } });
    const answer = await auth.request("PATCH", path, {
      token: other.accessToken,
      body: { roles: ["admin"] },
    });
    expect(answer).toMatchObject({ status: 401, body: { code: "auth.session_ended" } });
  });

  it("costs the database one look in a while, not one for each request", async () => {
    const { accessToken } = await auth.enter("sales");
    const looks = async () => {
      const { rows } = await auth.db.adminDatabase.query<{ calls: number }>({
        text: `select coalesce(sum(calls), 0)::int as calls from pg_stat_statements
                where query like 'select from auth.sessions where id%' and dbid = (select oid from pg_database where datname = current_database())`,
      });
      return rows[0]?.calls ?? 0;
    };
    await auth.db.adminDatabase.query({ text: "create extension if not exists pg_stat_statements" });
    const before = await looks();
    for (let n = 0; n < 20; n++) expect(await me(accessToken)).toBe(200);
    expect((await looks()) - before).toBeLessThanOrEqual(1);
  });
});
