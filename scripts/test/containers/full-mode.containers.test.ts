import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ContainerSystem, openContainerSystem } from "../../containers/system/container-system.ts";
import { describeHardening } from "./describe-hardening.ts";
import { describeMistakes } from "./describe-mistakes.ts";
import { describeOrder } from "./describe-order.ts";
import { describeRestart } from "./describe-restart.ts";

let system: ContainerSystem | undefined;

beforeAll(async () => {
  system = await openContainerSystem((line) => console.log(line));
});
afterAll(() => system?.[Symbol.asyncDispose](), 300_000);

/** A test that runs at all has it. */
const running = (): ContainerSystem => {
  if (system === undefined) throw new Error("the containers are not up");
  return system;
};

/** On a machine that has nothing else to do; in proportion on others. */
const upSecondsMax = 90;
const imageBytesMax = 250e6;

describe("docker compose up", () => {
  it("has every part healthy in time", async () => {
    const { project, upMs } = running();
    const ill = (await project.listContainers()).filter(
      ({ service, health }) => service !== "provision" && health !== "healthy",
    );
    expect(ill).toEqual([]);
    expect(upMs / 1000).toBeLessThan(upSecondsMax);
  });

  it("runs our own programs from images of at most 250 MB", async () => {
    const { engine, project } = running();
    const images = JSON.parse(await project.run(["config", "--format", "json"])) as {
      services: Record<string, { image: string; build?: { target?: string } }>;
    };
    const ours = Object.values(images.services).filter(({ build }) => build?.target === "service");
    expect(ours.length).toBeGreaterThan(5);
    for (const { image } of ours) {
      const { stdout } = await engine.docker(["image", "inspect", "--format", "{{.Size}}", image]);
      console.log(`${image} ${(Number(stdout) / 1e6).toFixed(0)} MB`);
      expect(Number(stdout), image).toBeGreaterThan(0);
      expect(Number(stdout), image).toBeLessThanOrEqual(imageBytesMax);
    }
  });
});

describeOrder(running);
describeHardening(running);
describeRestart(running);
describeMistakes(running);
