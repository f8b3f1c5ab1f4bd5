import type { Sample } from "../../../signals/signal-source.ts";
import { type Subject, subjectKey } from "../../../signals/subject.ts";
import { instanceLabel, type Part, type PromqlBranch } from "./branch.ts";
import { subjectLabels } from "./compile-promql.ts";
import { branchLabel, partLabel } from "./to-promql.ts";

/** One element of an instant vector, as the API answers it. */
export interface VectorElement {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [timeSeconds: number, value: string];
}

/** The newest points of one instance of a service, as read by one branch. */
export interface HeardInstance {
  readonly service: string;
  readonly instance: string;
  readonly branch: number;
  readonly newestAtMs: number;
}

export interface PromqlAnswer {
  readonly samples: ReadonlyMap<string, Sample>;
  /** Instances of the services that have samples, by the branch that they are read by. */
  readonly heard: readonly HeardInstance[];
}

/** What one branch has for one service. */
interface ServiceAnswer {
  readonly subjects: Map<
    string,
    { readonly subject: Subject; readonly parts: Partial<Record<Part, number>> }
  >;
  readonly heard: HeardInstance[];
  newestAtMs: number;
}

/**
 * Makes samples of the answer to `toPromql(...).query`. A service is read by the first branch that has something for it.
 *
 * @param windowOf the window that a service was read over, in seconds
 */
export function readAnswer(
  elements: readonly VectorElement[],
  branches: readonly PromqlBranch[],
  windowOf: (service: string) => number,
): PromqlAnswer {
  const answers = branches.map(() => new Map<string, ServiceAnswer>());
  for (const element of elements) collect(element, answers);
  const samples = new Map<string, Sample>();
  const heard: HeardInstance[] = [];
  const answered = new Set<string>();
  for (const [index, services] of answers.entries()) {
    const branch = branches[index];
    for (const [key, service] of services) {
      if (branch === undefined || answered.has(key) || service.subjects.size === 0) continue;
      answered.add(key);
      heard.push(...service.heard);
      for (const [subjectId, { subject, parts }] of service.subjects) {
        const value = toValue(branch, parts);
        if (value === undefined || parts.count === undefined) continue;
        const effectiveWindowSeconds = windowOf(subject.service);
        const { newestAtMs } = service;
        samples.set(subjectId, { subject, value, count: parts.count, effectiveWindowSeconds, newestAtMs });
      }
    }
  }
  return { samples, heard };
}

function collect(
  { metric, value: [, text] }: VectorElement,
  answers: readonly Map<string, ServiceAnswer>[],
): void {
  const branch = Number(metric[branchLabel]);
  const services = answers[branch];
  const value = Number(text);
  if (services === undefined || !Number.isFinite(value)) return;
  const subject = toSubject(metric);
  const { environment, namespace, service } = subject;
  const key = subjectKey({ environment, namespace, service });
  const answer: ServiceAnswer = services.get(key) ?? { subjects: new Map(), heard: [], newestAtMs: 0 };
  services.set(key, answer);
  const part = metric[partLabel] as Part;
  if (part === "newest") {
    const newestAtMs = Math.round(value * 1000);
    answer.newestAtMs = Math.max(answer.newestAtMs, newestAtMs);
    answer.heard.push({ service, instance: `${key} ${metric[instanceLabel] ?? ""}`, branch, newestAtMs });
    return;
  }
  const id = subjectKey(subject);
  const known = answer.subjects.get(id) ?? { subject, parts: {} };
  known.parts[part] = value;
  answer.subjects.set(id, known);
}

function toSubject(metric: VectorElement["metric"]): Subject {
  const { environment, namespace, service, method, route } = subjectLabels;
  const about = {
    environment: metric[environment] ?? "default",
    namespace: metric[namespace] ?? "",
    service: metric[service] ?? "unknown_service",
  };
  const [verb, path] = [metric[method], metric[route]];
  return verb === undefined || path === undefined ? about : { ...about, route: `${verb} ${path}` };
}

/** @returns undefined where something was counted, but not what the value needs */
function toValue(
  { kind, perSeconds }: PromqlBranch,
  parts: Partial<Record<Part, number>>,
): number | undefined {
  if (kind === "plain") return parts.value;
  const { count } = parts;
  if (count === undefined) return undefined;
  if (count === 0) return 0;
  if (kind === "quantile") return parts.value;
  if (kind === "ratio") return (parts.failed ?? 0) / count;
  return parts.seconds === undefined || parts.seconds <= 0 ? undefined : (count / parts.seconds) * perSeconds;
}
