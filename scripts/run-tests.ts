import { runVitest } from "./checks/run-vitest.ts";
import { judgeSkips } from "./checks/skips.ts";
import { toClosingLine } from "./checks/test-counts.ts";

const counts = judgeSkips(await runVitest(process.argv.slice(2)), process.env.CI === "true");
console.log(`\n${toClosingLine(counts)}`);
process.exitCode = counts.failed > 0 ? 1 : 0;
