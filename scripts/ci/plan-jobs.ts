import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";

/** The jobs of .github/workflows/ci.yml that not every change needs, with what they depend on. */
const jobs: Readonly<Record<string, RegExp>> = {
  workflows: /^\.github\//,
  servers:
    /^(services|observer|scripts|otel-collector|dashboards)\/|^observer_config\.json$|^vitest\.servers/,
  browser: /^(services|observer|scripts)\/|^observer_config\.json$|^vitest\.browser/,
  containers:
    /^(services|observer|scripts|otel-collector|dashboards)\/|^(Dockerfile|docker-compose\.yml|\.dockerignore|observer_config\.json)$|^vitest\.containers/,
};

/** Changes of these concern every job. */
const common = /^(package\.json|package-lock\.json|\.npmrc|tsconfig\.json)$|^\.github\/workflows\/ci\.yml$/;

/**
 * Which jobs a change needs. Documentation alone needs none of them; the checks run always.
 *
 * @param paths changed files from the root of the repository; undefined where they are not known, which needs everything
 */
export function planJobs(paths: readonly string[] | undefined): Record<string, boolean> {
  const code = paths?.filter((path) => !path.endsWith(".md"));
  return Object.fromEntries(
    Object.entries(jobs).map(([job, needs]) => [
      job,
      code === undefined || code.some((path) => common.test(path) || needs.test(path)),
    ]),
  );
}

function listChanged(base: string): string[] {
  const text = execFileSync("git", ["diff", "--name-only", `${base}...HEAD`], { encoding: "utf8" });
  return text.split("\n").filter((path) => path !== "");
}

if (import.meta.main) {
  const base = process.env.BASE_SHA ?? "";
  const planned = planJobs(base === "" ? undefined : listChanged(base));
  const lines = Object.entries(planned).map(([job, isNeeded]) => `${job}=${isNeeded}`);
  console.log(lines.join("\n"));
  const output = process.env.GITHUB_OUTPUT;
  if (output !== undefined && output !== "") appendFileSync(output, `${lines.join("\n")}\n`);
}
