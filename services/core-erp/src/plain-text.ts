import { z } from "zod";

/**
 * At least one character that shows, and none that controls. Without \p{...}: the OpenAPI document has the same expression, and half of the
 * tools that read it know no such classes.
 */
const oneLine =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it refuses.
  /^[^\S\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$/;

/** One line of text for people: trimmed, Unicode composed (NFC), without control characters (PostgreSQL refuses NUL). */
export function plainText(lengthMax: number) {
  return z
    .string()
    .trim()
    .normalize()
    .min(1)
    .max(lengthMax)
    .regex(oneLine, "must not hold control characters");
}
