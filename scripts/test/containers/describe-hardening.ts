import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ContainerSystem } from "../../containers/system/container-system.ts";

/** Seen from within: what the kernel says about process 1, and whether the root folder can be written. */
const program = `
const fs = require("node:fs");
const status = Object.fromEntries(fs.readFileSync("/proc/1/status", "utf8").split("\\n").map((line) => line.split(":\\t")));
const attempt = (path) => { try { fs.writeFileSync(path, "x"); return "written"; } catch (error) { return error.code; } };
console.log(JSON.stringify({
  uid: status.Uid, effective: status.CapEff, bounding: status.CapBnd, noNewPrivileges: status.NoNewPrivs,
  root: attempt("/written"), own: attempt("/app/written"), temporary: attempt("/tmp/written"), shell: fs.existsSync("/bin/sh"),
  secrets: fs.existsSync("/run/secrets") ? fs.readdirSync("/run/secrets").sort() : [],
}));
`;

const seen = z.object({
  uid: z.string(),
  effective: z.string(),
  bounding: z.string(),
  noNewPrivileges: z.string(),
  root: z.string(),
  own: z.string(),
  temporary: z.string(),
  shell: z.boolean(),
  secrets: z.array(z.string()),
});

const inspected = z.array(
  z.object({
    Config: z.object({ Labels: z.record(z.string(), z.string()) }),
    NetworkSettings: z.object({
      Ports: z.record(z.string(), z.array(z.object({ HostIp: z.string() })).nullable()).nullable(),
    }),
  }),
);

const none = /^0+$/;

/** Services with a shell of their own, which can be asked the same with it. */
const shell = "grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs):' /proc/1/status; touch /written 2>&1 || true";

/** What docker-compose.yml promises about rights is asked of the running containers, not of the file. */
export function describeHardening(running: () => ContainerSystem): void {
  describe("the running containers", () => {
    it.each(["gateway", "auth", "core-erp", "notification", "observer", "mail-catcher"])(
      "%s is not root, has no capabilities, cannot gain any, cannot write its own files, has no shell",
      async (service) => {
        const answer = await running().project.exec(service, ["node", "--eval", program]);
        const found = seen.parse(JSON.parse(answer));
        expect(found.uid).toBe("10001\t10001\t10001\t10001");
        expect(found.effective).toMatch(none);
        expect(found.bounding).toMatch(none);
        expect(found.noNewPrivileges).toBe("1");
        expect([found.root, found.own]).toEqual(["EROFS", "EROFS"]);
        expect(found.temporary).toBe("written");
        expect(found.shell).toBe(false);
      },
    );

    it("each sees its own secrets and no other", async () => {
      const answer = await running().project.exec("gateway", ["node", "--eval", program]);
      expect(seen.parse(JSON.parse(answer)).secrets).toEqual(["parameter_hash_key"]);
      const { exec } = running().project;
      const files = JSON.parse(
        await exec("core-erp", [
          "node",
          "--print",
          "JSON.stringify(require('fs').readdirSync('/run/secrets').sort())",
        ]),
      );
      expect(files).toEqual(["bus_url", "core_erp_password", "parameter_hash_key"]);
    });

    it.each(["postgres", "rabbitmq", "redis", "influxdb"])(
      "%s is not root, has no capabilities, cannot gain any, cannot write beside its data",
      async (service) => {
        const answer = await running().project.exec(service, ["sh", "-c", shell]);
        expect(answer).not.toMatch(/^Uid:\t0\t/m);
        expect(answer).toMatch(/^CapEff:\t0+$/m);
        expect(answer).toMatch(/^CapBnd:\t0+$/m);
        expect(answer).toMatch(/^NoNewPrivs:\t1$/m);
        expect(answer).toContain("Read-only file system");
      },
    );

    it("publish the gateway to the world, and observer, Jaeger, collector and mails on loopback alone", async () => {
      const { engine, project } = running();
      const ids = (await project.run(["ps", "--quiet"])).split("\n").filter((id) => id !== "");
      const { stdout } = await engine.docker(["inspect", ...ids]);
      const hosts = inspected.parse(JSON.parse(stdout)).map(({ Config, NetworkSettings }) => ({
        service: Config.Labels["com.docker.compose.service"] ?? "",
        addresses: Object.values(NetworkSettings.Ports ?? {}).flatMap((bound) =>
          (bound ?? []).map((each) => each.HostIp),
        ),
      }));
      const listOf = (isMeant: (address: string) => boolean) =>
        hosts.flatMap(({ service, addresses }) => (addresses.some(isMeant) ? [service] : [])).sort();
      // Empty, 0.0.0.0 and :: are every address of the machine.
      expect(listOf((address) => address !== "127.0.0.1").filter((each) => each !== "grafana")).toEqual([
        "gateway",
      ]);
      expect(listOf((address) => address === "127.0.0.1")).toEqual([
        "collector",
        "jaeger",
        "mail-catcher",
        "observer",
      ]);
    });

    // Red when: the network `data` of docker-compose.yml is not internal.
    it("reach nothing outside from the networks of data and telemetry", async () => {
      const { engine, project } = running();
      const { stdout } = await engine.docker([
        "network",
        "ls",
        "--quiet",
        "--filter",
        `label=com.docker.compose.project=${project.name}`,
      ]);
      const ids = stdout.split("\n").filter((id) => id !== "");
      const format = '{{index .Labels "com.docker.compose.network"}}={{.Internal}}';
      const found = (await engine.docker(["network", "inspect", "--format", format, ...ids])).stdout
        .trim()
        .split("\n");
      expect(found.sort()).toEqual([
        "data=true",
        "edge=false",
        "outside=false",
        "services=true",
        "telemetry=true",
      ]);
    });
  });
}
