import { createLogger } from "@kontor/kit/logger";
import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSealer } from "../../src/keys/seal.ts";
import { createSigningKeys } from "../../src/keys/signing-keys.ts";
import { secret, startAuth, type TestAuth } from "../start-auth.ts";

let auth: TestAuth;
const logger = createLogger({ service: "auth", level: "silent" });

beforeAll(async () => {
  auth = await startAuth();
});

afterAll(() => auth[Symbol.asyncDispose]());

const readJwks = async (): Promise<{ kid: string }[]> =>
  (await auth.request("GET", "/.well-known/jwks.json")).body.keys;
const isAccepted = async (token: string): Promise<boolean> =>
  (await auth.request("GET", "/api/auth/me", { token })).status === 200;

describe("signing keys", () => {
  it("the JWKS holds public halves only, and may be cached", async () => {
    await auth.enter("viewer");
    const { body, headers } = await auth.request("GET", "/.well-known/jwks.json");
    expect(headers.get("cache-control")).toContain("max-age");
    for (const key of body.keys) {
      expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
    }
  });

  it("an old key is replaced: new tokens have the new one, old tokens stay valid", async () => {
    const before = await auth.enter("viewer");
    await auth.db.query({ text: "update auth.signing_keys set created_at = now() - interval '2 days'" });
    await auth.keys.rotateWhenOld();
    const after = await auth.enter("viewer");
    const [oldKid, newKid] = [before, after].map(({ accessToken }) => decodeProtectedHeader(accessToken).kid);
    expect(newKid).not.toBe(oldKid);
    expect((await readJwks()).map(({ kid }) => kid)).toEqual([newKid, oldKid]);
    expect([await isAccepted(before.accessToken), await isAccepted(after.accessToken)]).toEqual([true, true]);
  });

  // Red when: listPublicKeys forgets when a key was retired.
  it("a retired key leaves the JWKS when every token it signed has expired", async () => {
    const retire = (secondsAgo: number) =>
      auth.db.query({
        text: `update auth.signing_keys set retired_at = now() - $1 * interval '1 second' where retired_at is not null`,
        values: [secondsAgo],
      });
    // 900 s of the token and the time another instance may go on to sign with the old key.
    await retire(900 + 30);
    expect(await readJwks()).toHaveLength(2);
    await retire(900 + 61);
    expect(await readJwks()).toHaveLength(1);
  });

  it("a young key is left alone", async () => {
    const before = await readJwks();
    await auth.keys.rotateWhenOld();
    expect(await readJwks()).toEqual(before);
  });

  // Red when: replaceActiveKey does not look whether another instance was first.
  it("instances that start at the same time agree on one key", async () => {
    await using fresh = await startAuth();
    const sealer = createSealer(secret);
    const instances = Array.from({ length: 5 }, () =>
      createSigningKeys(fresh.db, sealer, logger, { maxAgeSeconds: 86_400 }),
    );
    const keys = await Promise.all(instances.map((instance) => instance.current()));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
  });

  it("a key that cannot be opened any more is replaced, and its tokens stay valid", async () => {
    const before = await auth.enter("viewer");
    const sealer = createSealer("another secret, after a change");
    const { id } = await createSigningKeys(auth.db, sealer, logger, { maxAgeSeconds: 86_400 }).current();
    expect(id).not.toBe(decodeProtectedHeader(before.accessToken).kid);
    expect(await isAccepted(before.accessToken)).toBe(true);
  });

  it("the database alone does not hold a usable private key", async () => {
    const { rows } = await auth.db.query<{ id: string; sealed_private_key: Buffer }>({
      text: "select id, sealed_private_key from auth.signing_keys",
    });
    const ed25519Prefix = Buffer.from("302e020100300506032b6570", "hex");
    for (const { id, sealed_private_key } of rows) {
      expect(sealed_private_key.includes(ed25519Prefix)).toBe(false);
      expect(() => createSealer("not the secret").open(id, sealed_private_key)).toThrow();
    }
  });
});

describe("createSealer", () => {
  const sealer = createSealer(secret);

  it("opens what it sealed, under the same name alone", () => {
    const sealed = sealer.seal("key-1", Buffer.from("private"));
    expect(sealer.open("key-1", sealed).toString()).toBe("private");
    expect(() => sealer.open("key-2", sealed)).toThrow();
  });

  it("refuses what was changed", () => {
    const sealed = sealer.seal("key-1", Buffer.from("private"));
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    expect(() => sealer.open("key-1", sealed)).toThrow();
  });

  it("seals the same differently each time", () => {
    expect(sealer.seal("a", Buffer.from("x"))).not.toEqual(sealer.seal("a", Buffer.from("x")));
  });
});
