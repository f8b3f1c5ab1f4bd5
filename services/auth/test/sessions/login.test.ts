import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { password, startAuth, type TestAuth } from "../start-auth.ts";

let auth: TestAuth;

beforeAll(async () => {
  auth = await startAuth();
});

afterAll(() => auth[Symbol.asyncDispose]());

const withoutTrace = ({ status, body }: { status: number; body: object }) => ({
  status,
  ...body,
  traceId: "",
});

describe("log-in", () => {
  it("gives an access token of 15 minutes and a refresh token, never cached", async () => {
    const answer = await auth.logIn(await auth.createAccount("sales"));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.body).toEqual({
      accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      tokenType: "Bearer",
      expiresInSeconds: 900,
      refreshToken: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it("takes the address in any case and with spaces around it", async () => {
    const email = await auth.createAccount("viewer");
    expect((await auth.logIn(`  ${email.toUpperCase()} `)).status).toBe(200);
  });

  it("takes the same password typed as other code points", async () => {
    const email = "unicode@kontor.example";
    await auth.request("POST", "/api/auth/register", {
      body: { email, password: "pa\u0308sswo\u0308rter-12" },
    });
    expect((await auth.logIn(email, "p\u00e4ssw\u00f6rter-12")).status).toBe(200);
  });

  // Red when: logIn answers differently for an account that does not exist or is not active.
  it("says the same for an unknown address, a wrong password and a deactivated account", async () => {
    const known = await auth.createAccount("viewer");
    const inactive = await auth.createAccount("viewer");
    await auth.db.query({
      text: "update auth.accounts set is_active = false where email = $1",
      values: [inactive],
    });
    const wrong = await auth.logIn(known, "not the password");
    expect(wrong).toMatchObject({ status: 401, body: { code: "auth.login_failed" } });
    expect(withoutTrace(await auth.logIn("nobody@kontor.example"))).toEqual(withoutTrace(wrong));
    expect(withoutTrace(await auth.logIn(inactive))).toEqual(withoutTrace(wrong));
  });

  // Red when: Passwords.verify returns at once where there is no hash, or nobody's hash is made with other options.
  it("does the same work for an unknown address, a wrong password and a deactivated account", async () => {
    const known = await auth.createAccount("viewer");
    const inactive = await auth.createAccount("viewer");
    const text = "update auth.accounts set is_active = false where email = $1";
    await auth.db.query({ text, values: [inactive] });
    const costs = [];
    for (const email of [known, inactive, "nobody@kontor.example"]) {
      auth.verifiedHashes.length = 0;
      await auth.logIn(email, "not the password");
      // Algorithm, version and cost; then come salt and digest.
      costs.push(auth.verifiedHashes.map((stored) => stored.split("$").slice(1, 4).join("$")));
    }
    expect(costs).toEqual(Array.from({ length: 3 }, () => ["argon2id$v=19$m=19456,t=2,p=1"]));
  });

  it.each([
    [{}, ["body.email", "body.password"]],
    [{ email: "no address", password }, ["body.email"]],
    [{ email: "a@b.example", password: "x".repeat(129) }, ["body.password"]],
    [{ email: "a@b.example", password, admin: true }, ["body"]],
  ])("refuses %j with every mistake", async (body, paths) => {
    const answer = await auth.request("POST", "/api/auth/login", { body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toEqual(paths);
  });
});

describe("lockout", () => {
  it("after 5 failures the address is locked, for the right password too, with Retry-After", async () => {
    const email = await auth.createAccount("viewer");
    for (let failure = 0; failure < 5; failure++) expect((await auth.logIn(email, "wrong")).status).toBe(401);
    const locked = await auth.logIn(email);
    expect(locked).toMatchObject({ status: 429, body: { code: "auth.too_many_attempts" } });
    expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(locked.headers.get("retry-after"))).toBeLessThanOrEqual(30);
  });

  // Red when: countAttempt is called only for accounts that exist.
  it("locks an address nobody has just the same", async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++)
      statuses.push((await auth.logIn("ghost@kontor.example")).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });

  // Red when: the attempt is counted after the password was verified.
  it("guesses at the same time do not slip past the limit", async () => {
    const email = await auth.createAccount("viewer");
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, guess) => auth.logIn(email, `guess ${guess}`)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it("a success before the limit begins the count anew", async () => {
    const email = await auth.createAccount("viewer");
    for (let round = 0; round < 3; round++) {
      for (let failure = 0; failure < 4; failure++) await auth.logIn(email, "wrong");
      expect((await auth.logIn(email)).status).toBe(200);
    }
  });

  it("after the lock one attempt is allowed, and its failure locks for twice as long", async () => {
    const email = await auth.createAccount("viewer");
    for (let failure = 0; failure < 5; failure++) await auth.logIn(email, "wrong");
    await auth.db.query({
      text: "update auth.login_attempts set locked_until = now() where locked_until is not null",
    });
    expect((await auth.logIn(email, "wrong")).status).toBe(401);
    const locked = await auth.logIn(email);
    expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(30);
  });

  it("stores no address in the clear", async () => {
    await auth.logIn("secret-person@kontor.example");
    const { rows } = await auth.db.query<object>({ text: "select a::text from auth.login_attempts a" });
    expect(JSON.stringify(rows)).not.toContain("secret-person");
  });
});
