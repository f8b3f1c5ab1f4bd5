import type { Subject } from "../../signals/subject.ts";

const maxSubjects = 50_000;
const routeLifetimeMs = 86_400_000;

/**
 * Services and routes that sent something since the start. Services are never forgotten, because a silent one has to be noticed;
 * a route that had no request for a day is, because it may have gone with a deployment.
 */
export class SeenSubjects {
  readonly #subjects = new Map<string, { readonly subject: Subject; lastSeenMs: number }>();

  note(key: string, subject: Subject, nowMs: number): void {
    const known = this.#subjects.get(key);
    if (known !== undefined) known.lastSeenMs = nowMs;
    else if (this.#subjects.size < maxSubjects) this.#subjects.set(key, { subject, lastSeenMs: nowMs });
  }

  forget(nowMs: number): void {
    for (const [key, { subject, lastSeenMs }] of this.#subjects) {
      if (subject.route !== undefined && nowMs - lastSeenMs > routeLifetimeMs) this.#subjects.delete(key);
    }
  }

  list(): Subject[] {
    return [...this.#subjects.values()].map(({ subject }) => subject);
  }
}
