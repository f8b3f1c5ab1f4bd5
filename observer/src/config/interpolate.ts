/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `${NAME}` and `${NAME:-default}`. As in a shell, the default also stands in for an empty variable.
 *
 * @returns the text, or the names of variables that are neither set nor have a default
 */
export function interpolate(
  text: string,
  environment: Environment,
): { readonly text: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  const replaced = text.replace(
    /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
    (_, name: string, fallback?: string) => {
      const value = environment[name];
      if (value !== undefined && value !== "") return value;
      if (fallback === undefined) missing.push(name);
      return fallback ?? "";
    },
  );
  return { text: replaced, missing };
}
