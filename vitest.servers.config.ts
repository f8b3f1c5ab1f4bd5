import { defineConfig } from "vitest/config";

/** Tests against real servers of others, which `npm run servers` gets. One file after the other. */
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
