import { describe, expect, it } from "vitest";
import { Resources } from "../src/resources.ts";

function closable(name: string, closed: string[], failure?: Error): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      closed.push(name);
      if (failure !== undefined) throw failure;
    },
  };
}

describe("Resources", () => {
  // Red when: the list is closed from its front.
  it("closes in reverse order of opening", async () => {
    const closed: string[] = [];
    const resources = new Resources();
    resources.use(closable("database", closed));
    resources.defer(() => void closed.push("timer"));
    resources.use({ [Symbol.dispose]: () => void closed.push("server") });
    await resources[Symbol.asyncDispose]();
    expect(closed).toEqual(["server", "timer", "database"]);
  });

  it("closes the others when one fails, and reports the failure", async () => {
    const closed: string[] = [];
    const resources = new Resources();
    resources.use(closable("database", closed));
    resources.use(closable("server", closed, new Error("stuck")));
    await expect(resources[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [new Error("stuck")] });
    expect(closed).toEqual(["server", "database"]);
  });

  it("closes each resource once, however often it is asked", async () => {
    const closed: string[] = [];
    const resources = new Resources();
    resources.use(closable("database", closed));
    await Promise.all([resources[Symbol.asyncDispose](), resources[Symbol.asyncDispose]()]);
    expect(closed).toEqual(["database"]);
  });
});
