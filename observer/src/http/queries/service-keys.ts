import { type Subject, subjectKey } from "../../signals/subject.ts";

type ServiceSubject = Pick<Subject, "environment" | "namespace" | "service">;

/** The key of the service that a rule is about. Rules of a service stand together, hundreds of them: its key is made once. */
export function createServiceKeys(): (rule: ServiceSubject) => string {
  let last: ServiceSubject | undefined;
  let key = "";
  return ({ environment, namespace, service }) => {
    if (last?.service !== service || last.environment !== environment || last.namespace !== namespace) {
      last = { environment, namespace, service };
      key = subjectKey(last);
    }
    return key;
  };
}
