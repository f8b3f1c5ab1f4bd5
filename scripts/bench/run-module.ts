// One benchmark in a process of its own, so that none measures what another left in memory. Answers over IPC.
import { pathToFileURL } from "node:url";

const [path = ""] = process.argv.slice(2);
const { run } = (await import(pathToFileURL(path).href)) as { run(): Promise<unknown> };
process.send?.(await run(), () => process.disconnect());
