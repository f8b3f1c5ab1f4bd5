import type {
  Configuration,
  Position,
  ReceiverConfiguration,
  ServiceConfiguration,
} from "./configuration.ts";
import { findImpossible } from "./find-impossible.ts";
import { hashConfiguration } from "./hash-configuration.ts";
import { type Environment, interpolate } from "./interpolate.ts";
import { type JsonDocument, readJsonDocument } from "./json-document.ts";
import { counterLimitKeyNames, limitKeyNames } from "./limit-keys.ts";
import {
  type ConfigurationProblem,
  describeGiven,
  formatPath,
  type PathPart,
  sortProblems,
} from "./problem.ts";
import { isCritical, type Level, resolveCounterLimits, resolveLimits } from "./resolve-limits.ts";
import { salvage } from "./salvage.ts";
import {
  type ConfigurationInput,
  configurationSchema,
  receiverRepeatDefault,
  type ServiceInput,
} from "./schema.ts";
import { receiverTypes } from "./settings.ts";
import { toProblems } from "./to-problems.ts";

export type ConfigurationReading =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/**
 * Reads `observer_config.json` whole: either a configuration in which everything is decided, or every mistake there is, by place.
 * A file that is not JSON is told of that alone.
 *
 * @param text the file's content
 * @param options.environment for `${NAME:-default}` in `healthUrl`
 * @returns problems instead of throwing, for a wrong file is an expected answer
 */
export function readConfiguration(
  text: string,
  options: { readonly environment: Environment },
): ConfigurationReading {
  const document = readJsonDocument(text);
  if (document.problems.length > 0) return { ok: false, problems: sortProblems(document.problems) };

  const parsed = configurationSchema.safeParse(document.value);
  const issues = parsed.error?.issues ?? [];
  const checked = parsed.success
    ? { input: parsed.data, doubtful: new Set<string>() }
    : salvage(document.value, issues);
  const urls = readHealthUrls(document, checked?.input.services ?? {}, options.environment);
  const contradictions =
    checked === undefined ? [] : findImpossible(document, checked.input, checked.doubtful);
  const found = [...toProblems(document, issues), ...urls.problems, ...contradictions];
  const problems = sortProblems([...document.wrongKeys, ...found.filter(isOutside(document.wrongKeys))]);
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, configuration: resolve(document, parsed.data, urls.healthUrls) };
}

/** Of a key that stands twice it is not known which one counts: nothing more is said about it, and what is in it. */
function isOutside(wrongKeys: readonly ConfigurationProblem[]) {
  return ({ path }: ConfigurationProblem) =>
    !wrongKeys.some(
      ({ path: wrong }) =>
        path === wrong || (/^[.[]/.test(path.slice(wrong.length)) && path.startsWith(wrong)),
    );
}

function readHealthUrls(
  document: JsonDocument,
  services: ConfigurationInput["services"],
  environment: Environment,
) {
  const healthUrls = new Map<string, string>();
  const problems: ConfigurationProblem[] = [];
  for (const [name, { healthUrl }] of Object.entries(services)) {
    if (healthUrl === undefined) continue;
    const { text, missing } = interpolate(healthUrl, environment);
    if (missing.length === 0 && isHttpUrl(text)) {
      healthUrls.set(name, text);
      continue;
    }
    const path = ["services", name, "healthUrl"];
    problems.push({
      ...document.positionOf(path),
      path: formatPath(path),
      message:
        missing.length > 0 ? `needs ${missing.join(", ")} in the environment` : "is not an http or https URL",
      given: describeGiven(healthUrl),
      allowed: `a URL like "http://127.0.0.1:\${PORT:-8002}/health"`,
      suggestion:
        missing.length > 0 ? missing.map((variable) => `\${${variable}:-a default}`).join(", ") : undefined,
    });
  }
  return { healthUrls, problems };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol);
}

function resolve(
  document: JsonDocument,
  input: ConfigurationInput,
  healthUrls: ReadonlyMap<string, string>,
): Configuration {
  const defaults: Level = { path: "defaults", input: input.defaults };
  const { receivers, ...alerts } = input.alerts;
  const decided = {
    unnamedService: {
      limits: resolveServiceLimits([defaults], undefined),
      routeLimits: resolveLimits([defaults], "route"),
    },
    services: new Map(
      Object.entries(input.services).map(([name, service]) => [
        name,
        resolveService(name, service, defaults, healthUrls.get(name)),
      ]),
    ),
    receivers: receivers?.map(toReceiver) ?? defaultReceivers(),
    alerts,
    reports: input.reports.map((report) => ({ ...report, to: report.to })),
    healthPolls: input.healthPolls,
    retention: input.retention,
    ingest: input.ingest,
    traceBuffer: input.traceBuffer,
    diagnosis: input.diagnosis,
    findings: input.findings,
    scalingHeadroomRatio: input.scalingHeadroomRatio,
  };
  return { ...decided, hash: hashConfiguration(decided), positions: toPositions(document, input) };
}

function resolveService(
  name: string,
  service: ServiceInput,
  defaults: Level,
  healthUrl: string | undefined,
): ServiceConfiguration {
  const path = formatPath(["services", name]);
  const levels: Level[] = [{ path, input: service }, defaults];
  const endpoints = Object.entries(service.endpoints ?? {}).map(([route, endpoint]) => {
    const endpointPath = formatPath(["services", name, "endpoints", route]);
    const endpointLevels: Level[] = [{ path: endpointPath, input: endpoint }, ...levels];
    const limits = resolveLimits(endpointLevels, "route");
    return [route, { route, critical: isCritical(endpointLevels), path: endpointPath, limits }] as const;
  });
  const counters = new Map(
    Object.keys(service.counters ?? {}).map((metric) => [
      metric,
      formatPath(["services", name, "counters", metric]),
    ]),
  );
  const counterLimits = Object.entries(service.counters ?? {}).flatMap(([metric, counter]) =>
    resolveCounterLimits([{ path: counters.get(metric) ?? "", input: counter }, ...levels], metric),
  );
  return {
    name,
    critical: isCritical(levels),
    healthUrl,
    dependsOn: service.dependsOn ?? [],
    optional: service.optional ?? false,
    path,
    limits: [...resolveServiceLimits(levels, healthUrl), ...counterLimits],
    counters,
    routeLimits: resolveLimits(levels, "route"),
    endpoints: new Map(endpoints),
  };
}

/** Availability has no data where nobody polls, so the limit is left out there instead of standing dead. */
function resolveServiceLimits(levels: readonly Level[], healthUrl: string | undefined) {
  return resolveLimits(levels, "service").filter(
    ({ key }) => key !== "availabilityRatioMin" || healthUrl !== undefined,
  );
}

type ReceiverInput = NonNullable<ConfigurationInput["alerts"]["receivers"]>[number];

function toReceiver(receiver: ReceiverInput): ReceiverConfiguration {
  return { ...receiver, severities: receiver.severities ?? ["info", "warning", "critical"] };
}

function defaultReceivers(): ReceiverConfiguration[] {
  return receiverTypes.map((type) => ({
    name: type,
    type,
    severities: ["warning", "critical"],
    repeatIntervalSeconds: receiverRepeatDefault,
  }));
}

function toPositions(document: JsonDocument, input: ConfigurationInput): Map<string, Position> {
  const positions = new Map<string, Position>();
  const add = (path: readonly PathPart[]) => positions.set(formatPath(path), document.keyPositionOf(path));
  const addLimits = (path: readonly PathPart[], level: object) => {
    for (const key of [...limitKeyNames, ...counterLimitKeyNames])
      if (Object.hasOwn(level, key)) add([...path, key]);
  };
  addLimits(["defaults"], input.defaults);
  for (const [name, service] of Object.entries(input.services)) {
    add(["services", name]);
    addLimits(["services", name], service);
    for (const [metric, counter] of Object.entries(service.counters ?? {})) {
      add(["services", name, "counters", metric]);
      addLimits(["services", name, "counters", metric], counter);
    }
    for (const [route, endpoint] of Object.entries(service.endpoints ?? {})) {
      add(["services", name, "endpoints", route]);
      addLimits(["services", name, "endpoints", route], endpoint);
    }
  }
  return positions;
}
