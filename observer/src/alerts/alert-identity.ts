import { createHash } from "node:crypto";
import { type Subject, subjectKey } from "../signals/subject.ts";
import type { AlertState } from "./alert.ts";

const separator = "\u001f";

/** The subject an alert is about: instances and versions of a service share one alert. */
export function toAlertSubject(subject: Subject): Subject {
  const { environment, namespace, service, route } = subject;
  return route === undefined
    ? { environment, namespace, service }
    : { environment, namespace, service, route };
}

/**
 * The identity of an alert through all its episodes, on every machine.
 *
 * @param ruleKey key of the limit, without its subject
 * @returns 16 lower-case hex digits
 */
export function alertFingerprint(ruleKey: string, subject: Subject): string {
  return digest([ruleKey, subjectKey(toAlertSubject(subject))]).slice(0, 16);
}

/** The id of a transition: equal for the same decision, so that a repeat after a crash is recognised by every receiver. */
export function transitionId(
  fingerprint: string,
  from: AlertState,
  to: AlertState,
  revision: number,
): string {
  return deriveId(fingerprint, from, to, String(revision));
}

/** A UUID (version 8, RFC 9562) that depends on the parts alone. */
export function deriveId(...parts: string[]): string {
  const hex = digest(parts);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

function digest(parts: string[]): string {
  return createHash("sha256").update(parts.join(separator)).digest("hex");
}
