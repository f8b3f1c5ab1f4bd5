import { createServer, type Server } from "node:net";
import { AppError } from "@kontor/kit/errors";
import { describePortOwner } from "./port-owner.ts";

/** Every port of the system in embedded mode, with the variable that sets it. */
export const portVariables = {
  gateway: { variable: "GATEWAY_PORT", port: 8000 },
  auth: { variable: "AUTH_PORT", port: 8001 },
  coreErp: { variable: "CORE_ERP_PORT", port: 8002 },
  notification: { variable: "NOTIFICATION_PORT", port: 8005 },
  observer: { variable: "OBSERVER_PORT", port: 8010 },
  otlp: { variable: "OTLP_PORT", port: 4318 },
  mail: { variable: "MAIL_PORT", port: 8025 },
  smtp: { variable: "SMTP_PORT", port: 1025 },
  postgres: { variable: "POSTGRES_PORT", port: 5433 },
} as const;

export type PortName = keyof typeof portVariables;
export type Ports = Readonly<Record<PortName, number>>;

const names = Object.keys(portVariables) as PortName[];

/**
 * The ports as the environment sets them, else the usual ones, each moved by `offset`.
 *
 * @throws AppError `start.port_invalid` naming every variable that holds no port
 */
export function readPorts(environment: Record<string, string | undefined>, offset: number): Ports {
  const problems: string[] = [];
  const takenBy = new Map<number, string>();
  const ports = names.map((name): [PortName, number] => {
    const { variable, port: usual } = portVariables[name];
    const text = environment[variable];
    const port = text === undefined || text === "" ? usual + offset : Number(text);
    const twin = takenBy.get(port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      problems.push(`${variable}: ${text ?? port} is no port; allowed are 1 to 65535`);
    } else if (twin !== undefined) problems.push(`${variable}: ${port} is also the port of ${twin}`);
    takenBy.set(port, variable);
    return [name, port];
  });
  if (problems.length > 0) throw new AppError("invalid", "start.port_invalid", problems.join("\n"));
  return Object.fromEntries(ports) as Ports;
}

/** Ports that nobody uses now. They are held open together while they are chosen, so that no two are the same. */
export async function findFreePorts(): Promise<Ports> {
  const held = await Promise.all(names.map(() => hold(0)));
  const ports = names.map((name, index) => [name, portOf(held[index])]);
  await Promise.all(held.map(release));
  return Object.fromEntries(ports) as Ports;
}

/** @throws AppError `start.port_taken` naming every taken port, who listens where known, and what to set */
export async function refuseTakenPorts(ports: Ports): Promise<void> {
  const problems: string[] = [];
  for (const name of names) {
    try {
      await release(await hold(ports[name]));
    } catch (error) {
      const owner = describePortOwner(ports[name]);
      const { variable } = portVariables[name];
      const why =
        (error as NodeJS.ErrnoException).code === "EADDRINUSE"
          ? `is taken${owner ? ` by ${owner}` : ""}`
          : `cannot be used (${(error as NodeJS.ErrnoException).code})`;
      problems.push(`Port ${ports[name]} (${name}) ${why}. Stop what listens there, or set ${variable}.`);
    }
  }
  if (problems.length === 0) return;
  problems.push("--port-offset <n> moves all ports by n, --ports free takes free ones.");
  throw new AppError("conflict", "start.port_taken", problems.join("\n"));
}

function hold(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function release(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  if (typeof address !== "object" || address === null) throw new Error("a listening server has an address");
  return address.port;
}
