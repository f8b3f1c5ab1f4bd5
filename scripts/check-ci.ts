import { parseArgs } from "node:util";
import { toClosingLine } from "./checks/test-counts.ts";
import { provideActionlint, provideZizmor } from "./ci/ci-tools.ts";
import { tryCommand } from "./containers/run-command.ts";
import { repository } from "./starter/install.mjs";

const help = `npm run check:ci [-- --json]

Checks the workflows in .github with actionlint and zizmor, which are fetched into the cache the first time (Go and Python
with pip are needed). Nothing is asked of GitHub.`;

type Finding = { tool: string; code: number; said: string };

async function check(say: (line: string) => void): Promise<Finding[]> {
  const actionlint = await tryCommand(await provideActionlint(say), ["-no-color"], { cwd: repository });
  const zizmor = await tryCommand(
    await provideZizmor(say),
    ["--offline", "--no-progress", "--color=never", "--persona=pedantic", ".github"],
    { cwd: repository },
  );
  return [
    { tool: "actionlint", code: actionlint.code, said: actionlint.stdout + actionlint.stderr },
    { tool: "zizmor", code: zizmor.code, said: zizmor.stdout + zizmor.stderr },
  ];
}

const { values } = parseArgs({
  options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
});
if (values.help) console.log(help);
else {
  const results = await check((line) => console.error(line));
  if (values.json) console.log(JSON.stringify(results));
  else {
    for (const { tool, code, said } of results)
      console.log(code === 0 ? `ok     ${tool}` : `FAILED ${tool}\n${said}`);
  }
  const failed = results.filter(({ code }) => code !== 0).length;
  if (!values.json)
    console.log(`\n${toClosingLine({ passed: results.length - failed, failed, skipped: 0 })}`);
  process.exitCode = failed === 0 ? 0 : 1;
}
