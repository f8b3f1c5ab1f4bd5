import { defineConfig } from "vitest/config";

/** docker-compose.yml, brought up for real: `npm run test:containers`. */
export default defineConfig({
  test: {
    name: "containers",
    include: ["scripts/test/containers/**/*.containers.test.ts"],
    exclude: ["**/node_modules/**"],
    pool: "forks",
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 7_200_000,
  },
});
