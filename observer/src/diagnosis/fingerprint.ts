import { createHash } from "node:crypto";
import type { Detection } from "./finding.ts";

const separator = "\u001f";

/**
 * The identity of a fault: where in which service's code, of which kind, by which cause. Route, environment, instance, version, ids,
 * counts and times are left out, so that one fault has one fingerprint in every mode and on every machine.
 *
 * @returns 16 lower-case hex digits
 */
export function fingerprintDetection(
  detection: Pick<Detection, "detector" | "service" | "place" | "causeKey">,
): string {
  const identity = [detection.detector, detection.service, detection.place, detection.causeKey];
  return createHash("sha256").update(identity.join(separator)).digest("hex").slice(0, 16);
}
