import { z } from "zod";

/** One line of text for people: trimmed, Unicode composed (NFC), without control characters (PostgreSQL refuses NUL). */
export function plainText(lengthMax: number) {
  return z
    .string()
    .trim()
    .normalize()
    .min(1)
    .max(lengthMax)
    .regex(/^\P{Cc}*$/u, "must not hold control characters");
}
