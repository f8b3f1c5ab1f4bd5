import { sections } from "@kontor/observer/config/settings";
import { expect, it } from "vitest";
import { settings } from "./trace-builder.ts";

// Red when: a default in the configuration's table changes and these tests still rest on the old one.
it("the thresholds these tests rest on are the shipped ones, and none is missing on either side", () => {
  const shipped = Object.entries(sections.diagnosis.settings).map(([name, setting]) => [
    name,
    setting.default,
  ]);
  expect(settings).toEqual(Object.fromEntries(shipped));
});
