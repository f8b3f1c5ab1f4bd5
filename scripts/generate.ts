import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { toJsonSchema } from "@kontor/observer/config/to-json-schema";
import { toConfigurationReference } from "@kontor/observer/config/to-reference";
import { toDifferencesTable } from "@kontor/observer/exports/to-differences-table";
import { dashboardFolder, makeDashboards } from "./dashboards.ts";
import { compareFiles, describeDifferences, mendFiles } from "./generated/compare-files.ts";
import type { GeneratedFile } from "./generated/generated-file.ts";
import { repository } from "./starter/install.mjs";

/** Files that are made from the sources. They are committed, so that a reader, an editor and Grafana find them. */
async function makeAll(): Promise<GeneratedFile[]> {
  return [
    { path: "docs/observer_config.schema.json", text: toJsonSchema() },
    { path: "docs/configuration.md", text: toConfigurationReference() },
    { path: "docs/sources.md", text: await withMadePart("docs/sources.md", toDifferencesTable()) },
    ...(await makeDashboards()),
  ];
}

/** A page that people write, with the part between its two marks made anew. */
async function withMadePart(path: string, part: string): Promise<string> {
  const page = await readFile(join(repository, path), "utf8");
  const marks = /(<!-- made by npm run generate -->\n).*(<!-- end -->)/s;
  if (!marks.test(page)) throw new Error(`${path} has lost the marks around the part that is made.`);
  return page.replace(marks, (_, begin: string, end: string) => `${begin}${part}\n${end}`);
}

const isCheck = process.argv.includes("--check");
const only = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? "";
const made = await makeAll();
const { stale, leftovers } = await compareFiles(repository, made, dashboardFolder);
const found = { stale: stale.filter((path) => path.startsWith(only)), leftovers };
const differences = describeDifferences(found, dashboardFolder);
if (differences === undefined)
  console.log(`${made.filter(({ path }) => path.startsWith(only)).length} generated files are current.`);
else if (isCheck) {
  console.log(differences);
  process.exitCode = 1;
} else {
  await mendFiles(repository, made, found);
  console.log(`Written or removed: ${[...found.stale, ...leftovers].join(", ")}.`);
}
