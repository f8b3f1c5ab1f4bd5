import { expect, it } from "vitest";
import { findFreePorts } from "../../start/ports.ts";
import { definePrograms } from "../../start/programs.ts";

const secrets = {
  ...{ postgres: "p", coreErp: "c", auth: "a", notification: "n", observer: "o", bus: "b", webhook: "w" },
  ...{ signingKeys: "s", parameterHash: "h", influxdb: "i" },
};

// Red when: telemetryEnvironment leaves the token out; the observer then refuses the telemetry of its own system.
it("services show the observer the token it asks senders for, and none where it asks for none", async () => {
  const settings = {
    ...{ repository: "/repository", dataDir: "/data", version: "1", observerConfig: "/observer_config.json" },
    ...{ ports: await findFreePorts(), secrets, isWatched: () => false },
  };
  const headersOf = (environment: Record<string, string>) =>
    definePrograms({ ...settings, environment }).map(({ name, environment }) => [
      name,
      environment.OTEL_EXPORTER_OTLP_HEADERS,
    ]);
  const senders = ["auth", "core-erp", "notification", "gateway"];
  expect(Object.fromEntries(headersOf({ OTLP_TOKEN: "a+token/of=16chars" }))).toEqual({
    ...{ "mail-catcher": undefined, observer: undefined },
    ...Object.fromEntries(senders.map((name) => [name, "Authorization=Bearer%20a%2Btoken%2Fof%3D16chars"])),
  });
  expect(headersOf({}).filter(([, headers]) => headers !== undefined)).toEqual([]);
});
