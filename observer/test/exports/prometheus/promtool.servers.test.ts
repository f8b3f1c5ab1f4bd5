import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findCompanion } from "@kontor/kit/testing/servers/find-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RuleFile } from "../../../src/exports/prometheus/rule-file.ts";
import { toRuleFile } from "../../../src/exports/prometheus/to-rule-file.ts";
import { toYaml, type YamlValue } from "../../../src/exports/to-yaml.ts";
import { readGood } from "../../config/read.ts";
import { everyKey } from "./every-key.ts";
import { toRuleTests } from "./rule-cases.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kontor-rules-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const shipped = async () =>
  readGood(await readFile(new URL("../../../../observer_config.json", import.meta.url), "utf8"));

async function promtool(...args: string[]): Promise<string> {
  const program = findCompanion("prometheus", "promtool");
  const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: folder }).catch(
    (error: Error & { stdout: string; stderr: string }) => {
      throw new Error(`${error.stdout}\n${error.stderr}`);
    },
  );
  return stdout + stderr;
}

async function writeRules(name: string, rules: RuleFile): Promise<void> {
  await writeFile(join(folder, name), toYaml(rules));
}

describe.each([
  ["the shipped file", shipped],
  ["a file with every key", async () => readGood(everyKey())],
])("rules made from %s", (_, read) => {
  it("are what promtool takes for good, without a duplicate", async () => {
    await writeRules("rules.yml", toRuleFile(await read()));
    expect(await promtool("check", "rules", "--lint=all", "--lint-fatal", "rules.yml")).toContain("SUCCESS");
  });

  // Red when: the branch of `toAlertExpression` that holds a firing alert between `clear` and the limit is left out.
  it("fire over the limit for long enough, hold between it and `clear` and in silence, and end when good", async () => {
    const testFiles: string[] = [];
    for (const { ruleFile, rules, tests } of toRuleTests(await read())) {
      await writeRules(ruleFile, rules);
      const testFile = ruleFile.replace("rules", "tests");
      await writeFile(join(folder, testFile), toYaml(tests as YamlValue));
      testFiles.push(testFile);
    }
    expect(await promtool("test", "rules", ...testFiles)).not.toContain("FAILED");
  });
});

// Red when: `heldFor` has whole minutes alone: a full minute must pass while there is data.
it("a subject that is younger than a minute is missed, too", async () => {
  await writeRules("young.yml", toRuleFile(readGood({ defaults: { windowSeconds: 10, memoryMbMax: 300 } })));
  const tests = {
    rule_files: ["young.yml"],
    evaluation_interval: "5s",
    tests: [
      {
        interval: "5s",
        input_series: [
          {
            series: 'process_memory_usage_bytes{service_name="young"}',
            values: "_ 1e8 1e8 1e8 1e8 1e8 1e8 1e8",
          },
        ],
        promql_expr_test: [
          { expr: "count(ALERTS) or vector(0)", eval_time: "40s", exp_samples: [{ labels: "{}", value: 0 }] },
          {
            expr: 'count(ALERTS{alertname="noData",rule="memoryMbMax",service="young"})',
            eval_time: "90s",
            exp_samples: [{ labels: "{}", value: 1 }],
          },
        ],
      },
    ],
  };
  await writeFile(join(folder, "young-tests.yml"), toYaml(tests));
  expect(await promtool("test", "rules", "young-tests.yml")).not.toContain("FAILED");
});
