import { runVitest } from "./checks/run-vitest.ts";
import { toClosingLine } from "./checks/test-counts.ts";

const counts = await runVitest(process.argv.slice(2));
console.log(`\n${toClosingLine(counts)}`);
process.exitCode = counts.failed > 0 ? 1 : 0;
