/**
 * What a measurement is about. Which of the optional dimensions are set is the signal's choice (`SignalDefinition.dimensions`);
 * two subjects are the same exactly when their keys are.
 */
export interface Subject {
  /** `deployment.environment.name`; "default" where the resource names none. */
  readonly environment: string;
  /** `service.namespace`; empty where the resource names none. */
  readonly namespace: string;
  readonly service: string;
  /** Method and `http.route` as the service reports it: `GET /api/orders/:id`. */
  readonly route?: string;
  /** `service.instance.id`. */
  readonly instance?: string;
  /** `service.version`. */
  readonly version?: string;
}

const separator = "\u001f";

/** A stable text for maps and fingerprints. Equal for equal subjects, whatever the order their fields were set in. */
export function subjectKey(subject: Subject): string {
  const { environment, namespace, service, route = "", instance = "", version = "" } = subject;
  // One template and no list that is joined: pages and ticks make thousands of keys.
  return `${environment}${separator}${namespace}${separator}${service}${separator}${route}${separator}${instance}${separator}${version}`;
}
