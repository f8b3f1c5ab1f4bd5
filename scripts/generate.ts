import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toJsonSchema } from "@kontor/observer/config/to-json-schema";
import { toConfigurationReference } from "@kontor/observer/config/to-reference";
import { repository } from "./starter/install.mjs";

/** Files that are made from the sources, and how. They are committed, so that a reader and an editor find them. */
const generated: readonly { path: string; make(): string }[] = [
  { path: "docs/observer_config.schema.json", make: toJsonSchema },
  { path: "docs/configuration.md", make: toConfigurationReference },
];

const isCheck = process.argv.includes("--check");
const stale: string[] = [];
for (const { path, make } of generated) {
  const place = join(repository, path);
  const made = make();
  if ((await readFile(place, "utf8").catch(() => undefined)) === made) continue;
  stale.push(path);
  if (!isCheck) await writeFile(place, made);
}

if (stale.length === 0) console.log(`${generated.length} generated files are current.`);
else if (!isCheck) console.log(`Written: ${stale.join(", ")}.`);
else {
  console.log(`Not current: ${stale.join(", ")}. Run \`npm run generate\` and commit the result.`);
  process.exitCode = 1;
}
