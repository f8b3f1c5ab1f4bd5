import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAuth, type TestAuth } from "../start-auth.ts";

let auth: TestAuth;

beforeAll(async () => {
  auth = await startAuth();
});

afterAll(() => auth[Symbol.asyncDispose]());

const refresh = (refreshToken: string) =>
  auth.request("POST", "/api/auth/refresh", { body: { refreshToken } });
const logOut = (body: object) => auth.request("POST", "/api/auth/logout", { body });

describe("refresh", () => {
  it("exchanges a token for new ones, again and again", async () => {
    let tokens = await auth.enter("sales");
    for (let round = 0; round < 3; round++) {
      const answer = await refresh(tokens.refreshToken);
      expect(answer.status).toBe(200);
      expect(answer.body.refreshToken).not.toBe(tokens.refreshToken);
      tokens = { ...tokens, ...answer.body };
    }
    expect((await auth.request("GET", "/api/auth/me", { token: tokens.accessToken })).status).toBe(200);
  });

  // Red when: a reused token is answered without revoking its session.
  it("a token that comes twice ends the whole session: thief and owner both have to log in", async () => {
    const first = await auth.enter("sales");
    const second = await refresh(first.refreshToken);
    const third = await refresh(second.body.refreshToken);
    expect(await refresh(first.refreshToken)).toMatchObject({
      status: 401,
      body: { code: "auth.refresh_reused" },
    });
    expect(await refresh(third.body.refreshToken)).toMatchObject({
      status: 401,
      body: { code: "auth.refresh_invalid" },
    });
  });

  // Red when: useToken answers "ok" for a token that was used.
  it("of two exchanges of one token at the same time at most one succeeds, and the session ends", async () => {
    const { refreshToken } = await auth.enter("sales");
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect((await refresh(won[0]?.body.refreshToken)).status).toBe(401);
  });

  it("reuse in one session leaves the other sessions of the account alone", async () => {
    const stolen = await auth.enter("sales");
    const other = (await auth.logIn(stolen.email)).body;
    await refresh(stolen.refreshToken);
    await refresh(stolen.refreshToken);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it.each([
    ["a token not used for too long", "update auth.refresh_tokens set expires_at = now()"],
    ["a session past its lifetime", "update auth.sessions set expires_at = now()"],
  ])("refuses %s", async (_name, age) => {
    const { refreshToken } = await auth.enter("sales");
    await auth.db.query({ text: age });
    expect(await refresh(refreshToken)).toMatchObject({
      status: 401,
      body: { code: "auth.refresh_invalid" },
    });
  });

  it("refuses what never was a token", async () => {
    expect(await refresh("never")).toMatchObject({ status: 401, body: { code: "auth.refresh_invalid" } });
    const { accessToken } = await auth.enter("sales");
    expect((await refresh(accessToken.slice(0, 200))).status).toBe(401);
  });

  it("stores only hashes of tokens", async () => {
    const { refreshToken } = await auth.enter("sales");
    const { rows } = await auth.db.query<{ text: string }>({
      text: "select t::text as text from auth.refresh_tokens t",
    });
    const stored = rows.map((row) => row.text).join();
    expect(stored).not.toContain(refreshToken);
    expect(stored).not.toContain(Buffer.from(refreshToken).toString("hex"));
  });

  it("brings the roles the account has now", async () => {
    const { refreshToken, id } = await auth.enter("sales");
    await auth.db.query({
      text: "update auth.accounts set roles = '{warehouse}' where id = $1",
      values: [id],
    });
    const { body } = await refresh(refreshToken);
    expect(decodeJwt(body.accessToken)).toMatchObject({ roles: ["warehouse"] });
  });
});

describe("log-out", () => {
  it("ends the session of the token and no other", async () => {
    const first = await auth.enter("sales");
    const other = (await auth.logIn(first.email)).body;
    expect((await logOut({ refreshToken: first.refreshToken })).status).toBe(204);
    expect((await refresh(first.refreshToken)).status).toBe(401);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it("everywhere ends all sessions of the account and of no other account", async () => {
    const first = await auth.enter("sales");
    const second = (await auth.logIn(first.email)).body;
    const stranger = await auth.enter("sales");
    expect((await logOut({ refreshToken: first.refreshToken, everywhere: true })).status).toBe(204);
    expect((await refresh(second.refreshToken)).status).toBe(401);
    expect((await refresh(stranger.refreshToken)).status).toBe(200);
  });

  it("answers the same for an unknown token and a second time", async () => {
    const { refreshToken } = await auth.enter("sales");
    await logOut({ refreshToken });
    expect((await logOut({ refreshToken })).status).toBe(204);
    expect((await logOut({ refreshToken: "unknown" })).status).toBe(204);
  });
});
