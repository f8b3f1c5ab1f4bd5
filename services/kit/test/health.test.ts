import { describe, expect, it } from "vitest";
import { AppError } from "../src/errors.ts";
import { allowedCores, createHealthReporter, type HealthCheck, type HealthStatus } from "../src/health.ts";

function check(name: string, observe: HealthCheck["observe"]): HealthCheck {
  return { name, componentType: "datastore", observe };
}

function answers(status: HealthStatus): HealthCheck {
  return check(`${status}:check`, async () => ({ observedValue: 1, observedUnit: "ms", status }));
}

describe("createHealthReporter", () => {
  it.each([
    [[], "pass"],
    [["pass", "pass"], "pass"],
    [["pass", "warn"], "warn"],
    [["fail", "warn"], "fail"],
  ] as [HealthStatus[], HealthStatus][])("of %j the worst decides: %s", async (statuses, expected) => {
    expect((await createHealthReporter(statuses.map(answers))()).status).toBe(expected);
  });

  it("a check that throws fails, and a driver's message is not shown", async () => {
    const report = await createHealthReporter([
      check("postgres:responseTime", async () => {
        throw new Error("password authentication failed for user kontor at 10.0.0.7");
      }),
      check("bus:ping", async () => {
        throw new AppError("unavailable", "bus.unavailable", "The bus is away.");
      }),
    ])();
    expect(report.checks["postgres:responseTime"]?.[0]).toMatchObject({
      status: "fail",
      output: "not reachable",
    });
    expect(report.checks["bus:ping"]?.[0]).toMatchObject({ status: "fail", output: "The bus is away." });
  });

  // Red when: within() only awaits the observation.
  it("a check that hangs fails at its deadline, and is not started again while it hangs", async () => {
    let starts = 0;
    const hung = check("bus:ping", () => {
      starts += 1;
      return new Promise(() => {});
    });
    const report = createHealthReporter([hung, answers("pass")], { checkDeadlineMs: 20 });
    await report();
    const { status, checks } = await report();
    expect(status).toBe("fail");
    expect(checks["bus:ping"]?.[0]).toMatchObject({ status: "fail", output: "no answer within 20 ms" });
    expect(checks["pass:check"]?.[0]?.status).toBe("pass");
    expect(starts).toBe(1);
  });
});

describe("allowedCores", () => {
  it("is the quota of the cgroup where that is less than the processors", () => {
    expect(allowedCores(() => "50000 100000\n")).toBe(0.5);
  });

  it.each(["max 100000\n", "", "garbage"])("is the processors for %j", (text) => {
    expect(allowedCores(() => text)).toBeGreaterThanOrEqual(1);
  });

  it("is the processors where there is no cgroup", () => {
    const missing = () => {
      throw new Error("ENOENT");
    };
    expect(allowedCores(missing)).toBeGreaterThanOrEqual(1);
  });
});
