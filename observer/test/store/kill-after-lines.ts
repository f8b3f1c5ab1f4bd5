import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Runs a script until it has written so many lines, then ends it as a power cut would, with `kill -9`.
 *
 * @param meanwhile done after the lines came and before it is killed
 * @returns the whole lines that it had written
 */
export async function killAfterLines(
  script: string,
  args: readonly string[],
  count: number,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<string[]> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let output = "";
  const written = new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
      if (output.split("\n").length > count) resolve();
    });
    child.once("exit", () => reject(new Error(`${script} ended by itself after: ${output}`)));
  });
  await written;
  await meanwhile();
  child.kill("SIGKILL");
  await exited;
  return output.split("\n").slice(0, -1);
}
