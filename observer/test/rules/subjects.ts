import type { SignalName } from "../../src/signals/catalogue.ts";
import type { Sample, SignalSource } from "../../src/signals/signal-source.ts";
import { type Subject, subjectKey } from "../../src/signals/subject.ts";

export function about(service: string, route?: string, environment = "default"): Subject {
  return { environment, namespace: "", service, ...(route === undefined ? {} : { route }) };
}

export function sample(subject: Subject, value: number, count = 100): Sample {
  return { subject, value, count, effectiveWindowSeconds: 30, newestAtMs: 0 };
}

export interface ScriptedSource extends SignalSource {
  /** `signal/windowSeconds` of every read, in order. */
  readonly reads: readonly string[];
}

/** A source whose answers are given: samples, or the error it fails with. Unnamed signals have no data. */
export function scriptedSource(
  answers: Partial<Record<SignalName, readonly Sample[] | Error>>,
): ScriptedSource {
  const reads: string[] = [];
  return {
    name: "stream",
    reads,
    read(signal, windowSeconds) {
      reads.push(`${signal}/${windowSeconds}`);
      const answer = answers[signal] ?? [];
      if (answer instanceof Error) throw answer;
      return new Map(answer.map((one) => [subjectKey(one.subject), one]));
    },
  };
}
