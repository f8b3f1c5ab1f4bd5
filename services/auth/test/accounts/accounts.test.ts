import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { password, startAuth, type TestAuth } from "../start-auth.ts";

let auth: TestAuth;

beforeAll(async () => {
  auth = await startAuth();
});

afterAll(() => auth[Symbol.asyncDispose]());

const register = (body: object) => auth.request("POST", "/api/auth/register", { body });

describe("registration", () => {
  it("makes an account with the role viewer, whatever else is asked for", async () => {
    expect(await register({ email: "New@Kontor.example", password, displayName: "New" })).toMatchObject({
      status: 202,
      body: { status: "accepted" },
    });
    const { body } = await auth.logIn("new@kontor.example");
    const me = await auth.request("GET", "/api/auth/me", { token: body.accessToken });
    expect(me.body).toMatchObject({
      email: "new@kontor.example",
      displayName: "New",
      roles: ["viewer"],
      isActive: true,
    });
    expect(me.body).not.toHaveProperty("passwordHash");
    expect((await register({ email: "x@kontor.example", password, roles: ["admin"] })).status).toBe(400);
  });

  // Red when: an address that is taken is answered otherwise, or its password replaced.
  it("answers the same for an address that has an account, and leaves that account as it is", async () => {
    const email = await auth.createAccount("sales");
    const taken = await register({ email, password: "another password" });
    const fresh = await register({ email: "fresh@kontor.example", password });
    expect([taken.status, taken.body]).toEqual([fresh.status, fresh.body]);
    expect((await auth.logIn(email)).status).toBe(200);
    expect((await auth.logIn(email, "another password")).status).toBe(401);
  });

  it.each([
    ["eleven-char", "at least 12"],
    ["a".repeat(129), "at most 128"],
    ["abababababab", "at least 5 different"],
  ])("refuses the password %j", async (weak, message) => {
    const answer = await register({ email: "weak@kontor.example", password: weak });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].message).toContain(message);
    expect(JSON.stringify(answer.body)).not.toContain(weak);
  });

  it("stores argon2id with the parameters OWASP names, salted", async () => {
    await register({ email: "hash-1@kontor.example", password });
    await register({ email: "hash-2@kontor.example", password });
    const { rows } = await auth.db.query<{ password_hash: string }>({
      text: "select password_hash from auth.accounts where email like 'hash-%'",
    });
    for (const row of rows) expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(rows[0]?.password_hash).not.toBe(rows[1]?.password_hash);
  });
});

describe("administration of accounts", () => {
  const change = (id: string, body: object, token: string) =>
    auth.request("PATCH", `/api/auth/users/${id}`, { body, token });

  it("lists accounts in pages, each once", async () => {
    const admin = await auth.enter("admin");
    await Promise.all(Array.from({ length: 5 }, () => auth.createAccount("viewer")));
    const seen: string[] = [];
    let after = "";
    for (let page = 0; page < 20; page++) {
      const { body } = await auth.request("GET", `/api/auth/users?limit=3${after}`, {
        token: admin.accessToken,
      });
      seen.push(...body.users.map((user: { id: string }) => user.id));
      if (body.next === null) break;
      after = `&after=${body.next}`;
    }
    const { rows } = await auth.db.query<{ count: number }>({ text: "select count(*) from auth.accounts" });
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(rows[0]?.count ?? 0);
  });

  it("changed roles end the sessions and hold from the next log-in on", async () => {
    const admin = await auth.enter("admin");
    const person = await auth.enter("viewer");
    const answer = await change(person.id, { roles: ["sales", "warehouse", "sales"] }, admin.accessToken);
    expect(answer).toMatchObject({ status: 200, body: { roles: ["sales", "warehouse"] } });
    expect(answer.body.permissions).toContain("stock.write");
    const refreshed = await auth.request("POST", "/api/auth/refresh", {
      body: { refreshToken: person.refreshToken },
    });
    expect(refreshed.status).toBe(401);
    const again = (await auth.logIn(person.email)).body;
    const me = await auth.request("GET", "/api/auth/me", { token: again.accessToken });
    expect(me.body.roles).toEqual(["sales", "warehouse"]);
  });

  it("a deactivated account can neither log in nor read itself, and can be activated again", async () => {
    const admin = await auth.enter("admin");
    const person = await auth.enter("viewer");
    await change(person.id, { isActive: false }, admin.accessToken);
    expect((await auth.logIn(person.email)).status).toBe(401);
    const me = await auth.request("GET", "/api/auth/me", { token: person.accessToken });
    expect(me).toMatchObject({ status: 401, body: { code: "auth.session_ended" } });
    await change(person.id, { isActive: true }, admin.accessToken);
    expect((await auth.logIn(person.email)).status).toBe(200);
  });

  it.each([{ roles: ["root"] }, { roles: [] }, {}, { email: "x@y.example" }])(
    "refuses the change %j",
    async (body) => {
      const admin = await auth.enter("admin");
      expect((await change(admin.id, body, admin.accessToken)).status).toBe(400);
    },
  );

  it("an unknown account is 404", async () => {
    const admin = await auth.enter("admin");
    const answer = await change(
      "00000000-0000-7000-8000-000000000000",
      { isActive: false },
      admin.accessToken,
    );
    expect(answer).toMatchObject({ status: 404, body: { code: "auth.user_not_found" } });
  });
});

describe("the last administrator", () => {
  // Red when: changeAccount counts the administrators without the lock.
  it("cannot be lost, not even when two take the role from each other at the same time", async () => {
    await using own = await startAuth();
    const [one, two] = [await own.enter("admin"), await own.enter("admin")];
    const demote = (id: string, token: string) =>
      own.request("PATCH", `/api/auth/users/${id}`, { body: { roles: ["viewer"] }, token });
    // Holds both back at the moment they write, so that each has counted while the other was still an administrator.
    const holder = await own.db.adminDatabase.pool.connect();
    await holder.query("begin; lock table auth.accounts in share mode");
    const both = Promise.all([demote(two.id, one.accessToken), demote(one.id, two.accessToken)]);
    const waiting = async () => {
      // On another connection: within a transaction pg_stat_activity never changes.
      const { rows } = await own.db.adminDatabase.query<object>({
        text: "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      });
      return rows.length;
    };
    await vi.waitUntil(async () => (await waiting()) === 2, { timeout: 10_000 });
    await holder.query("commit");
    holder.release();
    const answers = await both;
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const left = answers[0]?.status === 200 ? one : two;
    const deactivated = await own.request("PATCH", `/api/auth/users/${left.id}`, {
      body: { isActive: false },
      token: left.accessToken,
    });
    expect(deactivated).toMatchObject({ status: 409, body: { code: "auth.last_admin" } });
  });
});
