import { readFile } from "node:fs/promises";
import { AppError } from "@kontor/kit/errors";
import { formatProblem } from "@kontor/observer/config/problem";
import { readConfiguration } from "@kontor/observer/config/read-configuration";

/**
 * Refuses to start on a wrong configuration: the observer would refuse it too, but later and in its log.
 *
 * @throws AppError `start.configuration` with every mistake: place, what is allowed, the nearest valid name
 */
export async function checkConfiguration(
  path: string,
  environment: Record<string, string | undefined>,
): Promise<void> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new AppError("invalid", "start.configuration", `${path} cannot be read: ${cause.message}`, {
      cause,
    });
  });
  const reading = readConfiguration(text, { environment });
  if (reading.ok) return;
  const problems = reading.problems.map((problem) => formatProblem(path, problem)).join("\n\n");
  throw new AppError("invalid", "start.configuration", problems);
}
