import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { findFreePorts, portVariables, readPorts, refuseTakenPorts } from "../../start/ports.ts";

describe("ports", () => {
  it("are the usual ones, moved together by the offset, except where a variable sets one", () => {
    expect(readPorts({}, 0)).toMatchObject({ gateway: 8000, otlp: 4318 });
    expect(readPorts({ OTLP_PORT: "4444" }, 100)).toMatchObject({ gateway: 8100, otlp: 4444 });
  });

  it("that are wrong or the same are told all at once", () => {
    const read = () => readPorts({ GATEWAY_PORT: "http", AUTH_PORT: "8002", SMTP_PORT: "70000" }, 0);
    expect(read).toThrow(
      /GATEWAY_PORT: http is no port[\s\S]*CORE_ERP_PORT: 8002 is also the port of AUTH_PORT[\s\S]*SMTP_PORT: 70000/,
    );
  });

  it("that are free are all different", async () => {
    const ports = Object.values(await findFreePorts());
    expect(new Set(ports).size).toBe(Object.keys(portVariables).length);
  });

  // Red when: refuseTakenPorts stops at the first taken port, or does not look up its owner.
  it("that are taken are refused with port, owner and what to set", async () => {
    const ports = await findFreePorts();
    const servers = await Promise.all([ports.auth, ports.mail].map(occupy));
    const message = await refuseTakenPorts(ports).catch((error: Error) => error.message);
    for (const server of servers) server.close();
    expect(message).toContain(`Port ${ports.auth} (auth) is taken by process ${process.pid} (`);
    expect(message).toContain("set AUTH_PORT");
    expect(message).toContain("set MAIL_PORT");
    expect(message).not.toContain("GATEWAY_PORT");
    await expect(refuseTakenPorts(ports)).resolves.toBeUndefined();
  });
});

function occupy(port: number) {
  return new Promise<ReturnType<typeof createServer>>((resolve) => {
    const server = createServer().listen(port, "127.0.0.1", () => resolve(server));
  });
}
