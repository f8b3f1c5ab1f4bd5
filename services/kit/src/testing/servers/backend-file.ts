import { fileURLToPath } from "node:url";

/** The shipped configurations, from the root of the repository: the same files that compose mounts. */
const shipped = new URL("../../../../../otel-collector/", import.meta.url);

/** @param name such as `gateway.yaml` or `backends/loki.yaml` */
export function shippedConfiguration(name: string): string {
  return fileURLToPath(new URL(name, shipped));
}
