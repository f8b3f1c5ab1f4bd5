import { defineConfig } from "vitest/config";

const never = [
  "**/node_modules/**",
  "**/*.servers.test.ts",
  "**/*.browser.test.ts",
  "**/*.containers.test.ts",
];

/** Everything that needs only Node and npm. Tests that need real servers or a browser have configurations of their own. */
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: {
          name: "rooms",
          include: [
            "services/*/test/**/*.test.ts",
            "observer/test/**/*.test.ts",
            "perf/test/**/*.test.ts",
            "scripts/**/*.test.ts",
          ],
          exclude: [...never, "**/*.system.test.ts"],
          globalSetup: ["services/kit/src/testing/global-postgres.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // The whole system at once is measured and killed here: one file after the other, and nothing beside it.
        extends: true,
        test: {
          name: "system",
          include: ["scripts/test/system/**/*.system.test.ts"],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
