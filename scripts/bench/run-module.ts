// One benchmark in a process of its own, so that none measures what another left in memory. Answers over IPC.
import { pathToFileURL } from "node:url";
import { findChromium } from "../checks/find-chromium.ts";

const [path = ""] = process.argv.slice(2);
const { run } = (await import(pathToFileURL(path).href)) as { run(means: Means): Promise<unknown> };
const means = { findChromium: () => findChromium(process.env) };
process.send?.(await run(means), () => process.disconnect());

/** What only this side of the repository knows. */
interface Means {
  /** @throws Error saying where it looked */
  findChromium(): string;
}
