/** Resource attributes that tell services apart, in the order of `Subject`. Every store that is asked keeps them. */
export const serviceAttributes = [
  "deployment.environment.name",
  "service.namespace",
  "service.name",
] as const;

export const instanceAttribute = "service.instance.id";

/** Attributes of a point that make up `Subject.route`. */
export const routeAttributes = ["http.request.method", "http.route"] as const;

/** Metrics of HTTP conventions before 1.23, whose points carry the older attributes: a store keeps them as they were sent. */
const olderMetrics: ReadonlySet<string> = new Set(["http.server.duration", "http.client.duration"]);

const olderAttributes: ReadonlyMap<string, string> = new Map([
  ["http.request.method", "http.method"],
  ["http.response.status_code", "http.status_code"],
]);

/** The name of an attribute on the points of a metric, as its sender wrote it. */
export function attributeOn(metric: string, attribute: string): string {
  return olderMetrics.has(metric) ? (olderAttributes.get(attribute) ?? attribute) : attribute;
}
