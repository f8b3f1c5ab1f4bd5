import type { Home } from "../rules/compile-rules.ts";

/**
 * Where the observer runs, from OpenTelemetry's own variable.
 *
 * @param resourceAttributes `key=value` pairs separated by commas, values percent-encoded
 * @source OpenTelemetry specification, resource SDK, OTEL_RESOURCE_ATTRIBUTES
 */
export function readHome(resourceAttributes: string): Home {
  const pairs = new Map(
    resourceAttributes.split(",").map((pair) => {
      const [key = "", value = ""] = pair.split("=");
      return [key.trim(), decodeValue(value.trim())];
    }),
  );
  return {
    environment: pairs.get("deployment.environment.name") ?? "default",
    namespace: pairs.get("service.namespace") ?? "",
  };
}

function decodeValue(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded after all: taken as it is, as SDKs do.
    return text;
  }
}
