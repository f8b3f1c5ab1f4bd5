import { expect, it } from "vitest";
import { tell } from "../../demo/story.ts";

it("a chapter is looked for until it is seen", async () => {
  let looks = 0;
  const look = async () => {
    looks += 1;
    return looks === 3 ? "there" : undefined;
  };
  const told = await tell({ name: "a", deadlineSeconds: 10, look }, performance.now() - 2_000);
  expect(told).toMatchObject({ name: "a", seen: "there" });
  expect(told.seconds).toBeGreaterThanOrEqual(2);
});

// Red when: `tell` answers a chapter whose deadline is over with anything but undefined.
it("a chapter that does not come within its deadline was not seen", async () => {
  const told = await tell(
    { name: "a", deadlineSeconds: 0.2, look: async () => undefined },
    performance.now(),
  );
  expect(told.seen).toBeUndefined();
  expect(told.seconds).toBeGreaterThanOrEqual(0.2);
});
