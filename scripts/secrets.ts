import { join } from "node:path";
import { parseArgs } from "node:util";
import { addComposeEnvironment } from "./containers/compose-environment.ts";
import { makeSecrets } from "./containers/secrets.ts";
import { repository } from "./starter/install.mjs";

const help = `npm run secrets [-- --folder <folder>] [--json]

Makes what \`docker compose up\` needs and nobody should commit: passwords and tokens as files in .secrets, and the file .env
that names their folder and the profiles. What is there is kept.

  --folder   where the secrets go; .secrets when left out, which .env then names
  --json     the names of what was made, as JSON`;

const { values } = parseArgs({
  options: { folder: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
});
if (values.help) console.log(help);
else {
  const folder = values.folder ?? join(repository, ".secrets");
  const made = await makeSecrets(folder);
  const added = values.folder === undefined ? await addComposeEnvironment(join(repository, ".env")) : [];
  if (values.json) console.log(JSON.stringify({ folder, made, environment: added }));
  else {
    console.log(
      made.length === 0 ? `All secrets are in ${folder}.` : `${made.length} secrets made in ${folder}.`,
    );
    if (added.length > 0) console.log(`.env now sets ${added.join(" and ")}.`);
    console.log("Next: docker compose up --build --detach --wait");
    console.log(`Log in as admin@kontor.example; the password is in ${join(folder, "demo_password")}.`);
    console.log(`The observer's token is in ${join(folder, "operator_token")}.`);
  }
}
