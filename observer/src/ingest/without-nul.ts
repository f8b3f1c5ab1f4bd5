/**
 * NUL becomes U+FFFD, as bytes that are no UTF-8 do. PostgreSQL holds it in no text: one statement or name with a NUL in it would cost the
 * findings and alerts that tell of it.
 */
export function withoutNul(text: string): string {
  return text.includes("\u0000") ? text.replaceAll("\u0000", "\ufffd") : text;
}
