import { defineConfig } from "vitest/config";

/** Everything that needs only Node and npm. Tests that need real servers or a browser have configurations of their own. */
export default defineConfig({
  test: {
    include: ["services/*/test/**/*.test.ts", "observer/test/**/*.test.ts", "perf/test/**/*.test.ts", "scripts/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/*.servers.test.ts", "**/*.browser.test.ts"],
    globalSetup: ["services/kit/src/testing/global-postgres.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
