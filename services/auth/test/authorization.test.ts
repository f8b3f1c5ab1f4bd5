import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permissionsByRole, roleSchema, toPermissions } from "../src/roles.ts";
import { startAuth, type TestAuth } from "./start-auth.ts";

let auth: TestAuth;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  auth = await startAuth();
  for (const role of roleSchema.options) tokens[role] = (await auth.enter(role)).accessToken;
  tokens.forged = `${tokens.admin?.slice(0, -4)}AAAA`;
});

afterAll(() => auth[Symbol.asyncDispose]());

const id = "00000000-0000-7000-8000-000000000000";
const everybody = ["admin", "sales", "warehouse", "viewer"];

/** Every route that is not public, and who may pass. */
const routes: [string, string, object | undefined, string[]][] = [
  ["GET", "/api/auth/me", undefined, everybody],
  ["GET", "/api/auth/users", undefined, ["admin"]],
  ["PATCH", `/api/auth/users/${id}`, { isActive: true }, ["admin"]],
];

describe("every route by every identity", () => {
  const cases = routes.flatMap(([method, path, body, allowed]) =>
    [...everybody, "forged", "nobody"].map((identity) => ({ method, path, body, identity, allowed })),
  );
  it.each(cases)("$method $path as $identity", async ({ method, path, body, identity, allowed }) => {
    const token = tokens[identity];
    const { status } = await auth.request(method, path, { body, ...(token === undefined ? {} : { token }) });
    if (allowed.includes(identity)) expect([200, 404]).toContain(status);
    else expect(status).toBe(everybody.includes(identity) ? 403 : 401);
  });

  it("has no route that is in neither table", async () => {
    const publicPaths = [
      "/api/auth/register",
      "/api/auth/login",
      "/api/auth/refresh",
      "/api/auth/logout",
      "/.well-known/jwks.json",
    ];
    const { body } = await auth.request("GET", "/openapi.json");
    const known = [...publicPaths, "/api/auth/me", "/api/auth/users", "/api/auth/users/{id}"];
    expect(Object.keys(body.paths).sort()).toEqual(known.sort());
  });
});

describe("roles", () => {
  it("a viewer only reads", () => {
    expect(permissionsByRole.viewer.filter((permission) => !permission.endsWith(".read"))).toEqual([]);
  });

  it("only an administrator changes users, and may do everything others may", () => {
    const others = toPermissions(["sales", "warehouse", "viewer"]);
    expect(others.filter((permission) => permission.startsWith("users."))).toEqual([]);
    expect(permissionsByRole.admin).toEqual(expect.arrayContaining(others));
  });

  it("permissions of several roles add up, each once", () => {
    const both = toPermissions(["sales", "warehouse"]);
    expect(both).toEqual([...new Set(both)].sort());
    expect(both).toEqual(expect.arrayContaining(["orders.write", "stock.write"]));
  });
});
