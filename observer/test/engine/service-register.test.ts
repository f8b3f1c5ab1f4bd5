import { describe, expect, it } from "vitest";
import { createServiceRegister, pollerAttribute } from "../../src/engine/service-register.ts";
import { toOwnPoint } from "../../src/ingest/gauge-point.ts";
import { toResourceRecord } from "../../src/ingest/sender-registry.ts";
import type { Attributes } from "../../src/store/span-record.ts";

function batchOf(attributes: Attributes, atMs: number) {
  const resource = toResourceRecord(attributes);
  const point = toOwnPoint({ name: "process.cpu.time", unit: "s", value: 1 }, resource, atMs);
  return { kind: "points" as const, receivedAtMs: atMs, points: [point] };
}

describe("the register of services", () => {
  it("tells of each version of a service once, with the time it was first seen", () => {
    const seen: string[] = [];
    const register = createServiceRegister(({ service, version, atMs }) =>
      seen.push(`${service} ${version} ${atMs}`),
    );
    const shop = { "service.name": "shop", "service.version": "1", "deployment.environment.name": "live" };
    register.note(batchOf(shop, 1));
    register.note(batchOf(shop, 2));
    register.note(batchOf({ ...shop, "service.version": "2" }, 3));
    expect(seen).toEqual(["shop 1 1", "shop 2 3"]);
  });

  it("counts instances apart and keeps environments apart", () => {
    const register = createServiceRegister(() => {});
    const shop = { "service.name": "shop", "deployment.environment.name": "live" };
    register.note(batchOf({ ...shop, "service.instance.id": "a" }, 1));
    register.note(batchOf({ ...shop, "service.instance.id": "b" }, 2));
    register.note(batchOf({ "service.name": "shop" }, 3));
    expect(register.list().map(({ environment, instances }) => [environment, instances.size])).toEqual([
      ["live", 2],
      ["default", 1],
    ]);
    expect(register.find("shop")?.environment).toBe("default");
  });

  // Red when: points of polls are noted like those of senders.
  it("does not take the observer's own polls for a sign of life of the service", () => {
    const register = createServiceRegister(() => {});
    register.note(batchOf({ "service.name": "shop", [pollerAttribute]: true }, 1));
    expect(register.list()).toEqual([]);
  });
});
