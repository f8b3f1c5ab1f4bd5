import { describe, expect, it } from "vitest";
import { demoAccounts, seedDemoAccounts } from "../src/demo-accounts.ts";
import { startAuth } from "./start-auth.ts";

describe("demo accounts", () => {
  it("are one per role, can log in, and are made once", async () => {
    await using auth = await startAuth();
    await seedDemoAccounts(auth.db, auth.passwords, "demo password 1");
    await seedDemoAccounts(auth.db, auth.passwords, "demo password 1");
    expect(demoAccounts.map(({ email }) => email)).toEqual([
      "admin@kontor.example",
      "sales@kontor.example",
      "warehouse@kontor.example",
      "viewer@kontor.example",
    ]);
    for (const { email, role } of demoAccounts) {
      const { body } = await auth.logIn(email, "demo password 1");
      const me = await auth.request("GET", "/api/auth/me", { token: body.accessToken });
      expect(me.body.roles).toEqual([role]);
    }
    const { rows } = await auth.db.query<object>({ text: "select from auth.accounts" });
    expect(rows).toHaveLength(4);
  });

  it("take another password from the environment, and keep roles that were changed", async () => {
    await using auth = await startAuth();
    await seedDemoAccounts(auth.db, auth.passwords, "demo password 1");
    await auth.db.query({ text: "update auth.accounts set roles = '{sales}' where email like 'viewer@%'" });
    await seedDemoAccounts(auth.db, auth.passwords, "demo password 2");
    const { body } = await auth.logIn("viewer@kontor.example", "demo password 2");
    const me = await auth.request("GET", "/api/auth/me", { token: body.accessToken });
    expect(me.body.roles).toEqual(["sales"]);
  });
});
