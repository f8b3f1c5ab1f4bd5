import { AppError } from "@kontor/kit/errors";
import { nearestName } from "@kontor/kit/nearest-name";
import type { CataloguedSignal } from "../../signals/catalogue.ts";
import type { Subject } from "../../signals/subject.ts";
import type { ServiceView } from "./services.routes.ts";

export interface SeriesQuestion {
  readonly signal: CataloguedSignal;
  readonly service: string;
  readonly route?: string | undefined;
  readonly environment?: string | undefined;
  readonly namespace?: string | undefined;
}

const shownMax = 10;

/**
 * What a question for a series is about. An environment and a namespace that are left out are those of the one service that fits.
 *
 * @throws AppError `series.unknown_service`, `series.ambiguous_service`, `series.route_missing`
 */
export function findSeriesSubject(question: SeriesQuestion, services: readonly ServiceView[]): Subject {
  const { signal, service, route } = question;
  const [found, ...others] = findServices(question, services);
  if (found === undefined) throw unknownService(question, services);
  if (others.length > 0) {
    const places = listSome([found, ...others].map(placeOf));
    throw new AppError(
      "invalid",
      "series.ambiguous_service",
      `There are several services ${service}. Name the environment and the namespace of one: ${places}.`,
    );
  }
  if (signal.dimensions.includes("route") && route === undefined) {
    const routes = found.routes.length === 0 ? "none was seen yet" : listSome(found.routes);
    throw new AppError(
      "invalid",
      "series.route_missing",
      `${signal.name} is measured per route. Name one with \`route\`: ${routes}.`,
    );
  }
  const { environment, namespace } = found;
  return { environment, namespace, service, ...(route === undefined ? {} : { route }) };
}

function findServices(
  { service, environment, namespace }: SeriesQuestion,
  services: readonly ServiceView[],
): readonly ServiceView[] {
  return services.filter(
    (one) =>
      one.service === service &&
      (environment === undefined || one.environment === environment) &&
      (namespace === undefined || one.namespace === namespace),
  );
}

function unknownService({ service }: SeriesQuestion, services: readonly ServiceView[]): AppError {
  const elsewhere = services.filter((one) => one.service === service);
  const nearest = nearestName(
    service,
    services.map((one) => one.service),
  );
  const hint =
    elsewhere.length > 0
      ? `It is in ${listSome(elsewhere.map(placeOf))}.`
      : nearest === undefined
        ? "Those there are list /api/v1/services."
        : `Did you mean ${nearest}?`;
  const where = elsewhere.length > 0 ? "of this environment and namespace" : "here";
  return new AppError(
    "notFound",
    "series.unknown_service",
    `There is no service ${service.slice(0, 64)} ${where}. ${hint}`,
  );
}

function placeOf({ environment, namespace }: ServiceView): string {
  return namespace === ""
    ? `environment ${environment} without a namespace`
    : `environment ${environment}, namespace ${namespace}`;
}

function listSome(texts: readonly string[]): string {
  return `${texts.slice(0, shownMax).join("; ")}${texts.length > shownMax ? "; and others" : ""}`;
}
