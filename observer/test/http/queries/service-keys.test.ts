import { createServiceKeys } from "@kontor/observer/http/queries/service-keys";
import { subjectKey } from "@kontor/observer/signals/subject";
import { expect, it } from "vitest";

// Red when: one of the three names is left out of the comparison with the last.
it("the key is that of the service, whichever of its three names differs from the one before", () => {
  const keyOf = createServiceKeys();
  const shop = { environment: "live", namespace: "eu", service: "shop" };
  for (const service of [
    shop,
    shop,
    { ...shop, environment: "test" },
    { ...shop, environment: "test", namespace: "us" },
    { ...shop, environment: "test", namespace: "us", service: "stock" },
    shop,
  ]) {
    expect(keyOf({ ...service })).toBe(subjectKey(service));
  }
});
