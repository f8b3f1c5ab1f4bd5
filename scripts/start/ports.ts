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

/** Ports by name, each with the variable that sets it and the number it has otherwise. */
export type PortTable = Readonly<Record<string, { variable: string; port: number }>>;
export type PortsOf<T extends PortTable> = Readonly<Record<keyof T, number>>;

/** `readPortTable` for embedded mode. */
export function readPorts(environment: Record<string, string | undefined>, offset: number): Ports {
  return readPortTable(portVariables, environment, offset);
}

/**
 * The ports as the environment sets them, else the usual ones, each moved by `offset`.
 *
 * @throws AppError `start.port_invalid` naming every variable that holds no port
 */
export function readPortTable<T extends PortTable>(
  table: T,
  environment: Record<string, string | undefined>,
  offset: number,
): PortsOf<T> {
  const problems: string[] = [];
  const takenBy = new Map<number, string>();
  const ports = Object.entries(table).map(([name, { variable, port: usual }]): [string, number] => {
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
  return Object.fromEntries(ports) as PortsOf<T>;
}

/** `findFreePortsOf` for embedded mode. */
export function findFreePorts(): Promise<Ports> {
  return findFreePortsOf(portVariables);
}

/** Ports that nobody uses now. They are held open together while they are chosen, so that no two are the same. */
export async function findFreePortsOf<T extends PortTable>(table: T): Promise<PortsOf<T>> {
  const names = Object.keys(table);
  const held = await Promise.all(names.map(() => hold(0)));
  const ports = names.map((name, index) => [name, portOf(held[index])]);
  await Promise.all(held.map(release));
  return Object.fromEntries(ports) as PortsOf<T>;
}

/** @throws AppError `start.port_taken` naming every taken port, who listens where known, and what to set */
export async function refuseTakenPorts<T extends PortTable>(
  ports: PortsOf<T>,
  table: T | typeof portVariables = portVariables,
): Promise<void> {
  const problems: string[] = [];
  for (const [name, port] of Object.entries<number>(ports)) {
    try {
      await release(await hold(port));
    } catch (error) {
      const owner = describePortOwner(port);
      const variable = (table as PortTable)[name]?.variable;
      const why =
        (error as NodeJS.ErrnoException).code === "EADDRINUSE"
          ? `is taken${owner ? ` by ${owner}` : ""}`
          : `cannot be used (${(error as NodeJS.ErrnoException).code})`;
      problems.push(`Port ${port} (${name}) ${why}. Stop what listens there, or set ${variable}.`);
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
