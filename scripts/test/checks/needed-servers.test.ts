import { describe, expect, it } from "vitest";
import { findNeededServers } from "../../checks/needed-servers.ts";

describe("the servers a test needs", () => {
  it("are those that it or a file it imports looks for", () => {
    const files: Record<string, string> = {
      "scripts/test/a.servers.test.ts": 'import { openPath } from "./path.ts";',
      "scripts/test/path.ts": 'import { startLoki } from "@kontor/kit/testing/servers/loki";',
      "services/kit/src/testing/servers/loki.ts": 'program: findServer("loki"), // not findServer(name)',
      "services/kit/src/testing/servers/redis.ts": 'findServer("redis")',
    };
    expect(findNeededServers("scripts/test/a.servers.test.ts", (path) => files[path])).toEqual(["loki"]);
  });

  it("of the shipped tests are found through the kit", () => {
    expect(findNeededServers("services/kit/test/testing/servers/brokers.servers.test.ts")).toEqual([
      "redis",
      "rabbitmq",
    ]);
    expect(findNeededServers("observer/test/http/amtool.servers.test.ts")).toEqual(["alertmanager"]);
  });
});
