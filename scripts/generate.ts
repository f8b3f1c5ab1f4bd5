import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { toJsonSchema } from "@kontor/observer/config/to-json-schema";
import { toConfigurationReference } from "@kontor/observer/config/to-reference";
import { toDifferencesTable } from "@kontor/observer/exports/to-differences-table";
import { dashboardFolder, makeDashboards } from "./dashboards.ts";
import { repository } from "./starter/install.mjs";

type Generated = { path: string; text: string };

/** Files that are made from the sources. They are committed, so that a reader, an editor and Grafana find them. */
async function makeAll(): Promise<Generated[]> {
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

/** Files in folders that hold nothing but what is made, and that nothing makes any more. */
async function findLeftovers(made: readonly Generated[]): Promise<string[]> {
  const folder = join(repository, dashboardFolder);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(repository.length + 1));
  return paths.filter((path) => !made.some((one) => one.path === path));
}

const isCheck = process.argv.includes("--check");
const only = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? "";
const made = (await makeAll()).filter(({ path }) => path.startsWith(only));
const stale: string[] = [];
for (const { path, text } of made) {
  const place = join(repository, path);
  if ((await readFile(place, "utf8").catch(() => undefined)) === text) continue;
  stale.push(path);
  if (isCheck) continue;
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, text);
}
const leftovers = await findLeftovers(await makeAll());
if (!isCheck) for (const path of leftovers) await rm(join(repository, path));

const changed = [...stale, ...leftovers.map((path) => `${path} (made by nothing)`)];
if (changed.length === 0) console.log(`${made.length} generated files are current.`);
else if (!isCheck) console.log(`Written or removed: ${changed.join(", ")}.`);
else {
  const command = changed.every((path) => path.startsWith(dashboardFolder)) ? "dashboards" : "generate";
  console.log(`Not current: ${changed.join(", ")}. Run \`npm run ${command}\` and commit the result.`);
  process.exitCode = 1;
}
