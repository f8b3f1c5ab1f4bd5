import { defineConfig } from "vitest/config";

/** What is proved in a real Chromium: `npm run test:browser`. */
export default defineConfig({
  test: {
    name: "browser",
    include: ["{services/*,observer,perf,scripts}/**/*.browser.test.ts"],
    exclude: ["**/node_modules/**"],
    globalSetup: ["scripts/checks/provide-chromium.ts", "services/kit/src/testing/global-postgres.ts"],
    pool: "forks",
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
