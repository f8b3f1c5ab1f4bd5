import { defineConfig } from "vitest/config";

/** Tests against servers and tools of others: redis-server, rabbitmq-server and amtool, from PATH. One file after the other. */
export default defineConfig({
  test: {
    include: ["{services/*,observer,perf,scripts}/test/**/*.servers.test.ts"],
    globalSetup: ["services/kit/src/testing/global-postgres.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
