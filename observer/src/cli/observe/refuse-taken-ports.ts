import { createServer } from "node:net";
import { AppError } from "@kontor/kit/errors";

/**
 * Looks whether the ports can be had, before a database is started for an observer that would then not come up.
 *
 * @param ports by the option that sets them; 0 is always free
 * @throws AppError `observe.port_taken` naming every port that cannot be used
 */
export async function refuseTakenPorts(host: string, ports: Readonly<Record<string, number>>): Promise<void> {
  const problems: string[] = [];
  for (const [option, port] of Object.entries(ports)) {
    const code = port === 0 ? undefined : await tryPort(host, port);
    if (code === undefined) continue;
    const why = code === "EADDRINUSE" ? "is taken" : `cannot be used (${code})`;
    problems.push(
      `Port ${port} on ${host} ${why}. Stop what listens there, or choose another with ${option}.`,
    );
  }
  if (problems.length > 0) throw new AppError("conflict", "observe.port_taken", problems.join("\n"));
}

/** @returns the system's name for why it cannot be had */
function tryPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
