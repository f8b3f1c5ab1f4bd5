import { describe, expect, it } from "vitest";
import { listFiles, readFile } from "../checks/repository-files.ts";
import { planJobs } from "./plan-jobs.ts";

const needed = (paths: readonly string[] | undefined): string[] =>
  Object.entries(planJobs(paths)).flatMap(([job, isNeeded]) => (isNeeded ? [job] : []));

describe("planJobs", () => {
  it.each([
    [["docs/observe.md", "README.md"], []],
    [[".github/dependabot.yml"], ["workflows"]],
    [["Dockerfile"], ["containers"]],
    [["perf/src/a.ts"], []],
    // Tests of containers use clients, waits and servers' recipes from all over scripts.
    [["scripts/test/servers/backends.ts"], ["servers", "browser", "containers"]],
    [["services/auth/src/main.ts"], ["servers", "browser", "containers"]],
    [["package-lock.json"], ["workflows", "servers", "browser", "containers"]],
  ])("%j needs %j", (paths, jobs) => {
    expect(needed(paths)).toEqual(jobs);
  });

  // Red when: an unknown change is read as no change.
  it("needs everything where the change is not known, as on main", () => {
    expect(needed(undefined)).toEqual(["workflows", "servers", "browser", "containers"]);
  });

  it("names jobs that the workflow has", () => {
    const workflow = readFile(".github/workflows/ci.yml");
    for (const job of Object.keys(planJobs([]))) {
      expect(workflow).toContain(`\n  ${job}:\n`);
      expect(workflow).toContain(`needs.plan.outputs.${job} == 'true'`);
    }
  });

  it("depends on paths that exist", () => {
    const files = listFiles();
    for (const path of ["Dockerfile", "docker-compose.yml", "observer_config.json", ".dockerignore"]) {
      expect(files).toContain(path);
    }
  });
});
