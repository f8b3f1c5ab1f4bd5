import { hostname } from "node:os";
import type { Logger } from "@kontor/kit/logger";
import type { ConfigurationHolder } from "../config/configuration-holder.ts";
import { startHealthPoller } from "../ingest/health-poller.ts";
import { toResourceRecord } from "../ingest/sender-registry.ts";
import type { Home } from "../rules/compile-rules.ts";
import type { Attributes, ResourceRecord } from "../store/span-record.ts";
import type { Intake } from "./intake.ts";
import { createSelfMetrics, type PoolUse } from "./self-metrics.ts";
import { pollerAttribute, type ServiceRegister } from "./service-register.ts";

export interface OwnSendersOptions {
  readonly holder: ConfigurationHolder;
  readonly intake: Pick<Intake, "accept">;
  readonly register: Pick<ServiceRegister, "find">;
  readonly logger: Pick<Logger, "warn">;
  readonly startedAtMs: number;
  readonly version: string;
  /** Where the observer itself runs. */
  readonly home: Home;
  /** The observer's own connections to its database. */
  readonly pool: PoolUse;
}

const measureMs = 1_000;
const observerName = "observer";

/** What the observer measures itself: the health pages of services, and its own use of resources. */
export function startOwnSenders(options: OwnSendersOptions): AsyncDisposable {
  const { holder, intake, register, logger } = options;
  const polledResource = createPolledResources();
  const poller = startHealthPoller({
    targets: () =>
      [...holder.current.services.values()].flatMap(({ name, healthUrl }) =>
        healthUrl === undefined ? [] : [{ service: name, healthUrl }],
      ),
    settings: () => holder.current.healthPolls,
    resourceOf: (service) => {
      const known = register.find(service);
      return known === undefined ? undefined : polledResource(service, known);
    },
    fallbackResourceOf: (service) => polledResource(service, options.home),
    accept: intake.accept,
    onError: (error) => logger.warn({ error }, "answers of health pages cannot be kept"),
    nowMs: Date.now,
  });
  const metrics = createSelfMetrics(
    toResourceRecord({
      "service.name": observerName,
      "service.version": options.version,
      "service.instance.id": hostname(),
      ...toHomeAttributes(options.home),
    }),
    options.startedAtMs,
    options.pool,
  );
  const measure = () =>
    intake
      .accept(metrics.measure(Date.now()))
      .catch((error) => logger.warn({ error }, "the observer's own numbers cannot be kept"));
  const timer = setInterval(() => void measure(), measureMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      metrics[Symbol.dispose]();
      await poller[Symbol.asyncDispose]();
    },
  };
}

/** One object for each subject, as the registry of senders gives, so that windows know the sender again. */
function createPolledResources() {
  const resources = new Map<string, ResourceRecord>();
  return (service: string, { environment, namespace }: Home): ResourceRecord => {
    const key = [service, environment, namespace].join("\u001f");
    const resource =
      resources.get(key) ??
      toResourceRecord({
        "service.name": service,
        ...toHomeAttributes({ environment, namespace }),
        [pollerAttribute]: true,
      });
    resources.set(key, resource);
    return resource;
  };
}

function toHomeAttributes({ environment, namespace }: Home): Attributes {
  return {
    "deployment.environment.name": environment,
    ...(namespace === "" ? {} : { "service.namespace": namespace }),
  };
}
