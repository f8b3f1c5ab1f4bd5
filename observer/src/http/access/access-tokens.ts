import { readFile } from "node:fs/promises";
import { AppError } from "@kontor/kit/errors";
import { z } from "zod";

/** What a token may do. `read`: everything that only shows. `write`: every change that is neither a silence nor an acknowledgement. */
export const permissions = ["read", "silence", "acknowledge", "write"] as const;
export type Permission = (typeof permissions)[number];

export interface AccessToken {
  /** Who acts, in the audit log. */
  readonly name: string;
  readonly token: string;
  readonly permissions: readonly Permission[];
}

const tokenLengthMin = 16;
const fileSchema = z
  .array(
    z.strictObject(
      {
        name: z
          .string({ error: "a name" })
          .trim()
          .min(1, "a name")
          .max(200, "a name of at most 200 characters"),
        token: z
          .string({ error: `a text of at least ${tokenLengthMin} characters` })
          .min(tokenLengthMin, `a text of at least ${tokenLengthMin} characters`)
          .regex(/^[\x21-\x7e]*$/, "ASCII without spaces, as a header can carry it"),
        permissions: z
          .array(z.enum(permissions, { error: `one of ${permissions.join(", ")}` }), {
            error: `a list of ${permissions.join(", ")}`,
          })
          .min(1, "at least one permission"),
      },
      { error: 'an object { "name", "token", "permissions" } and nothing else' },
    ),
    { error: 'a list of { "name": ..., "token": ..., "permissions": [...] }' },
  )
  .min(1, "at least one token");

/**
 * Reads the tokens file (`OBSERVER_TOKENS_FILE`).
 *
 * @throws AppError `access.tokens_file` with every mistake at once; tokens are never in the message
 */
export async function readAccessTokens(path: string): Promise<readonly AccessToken[]> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw tokensFileError(`${path} cannot be read: ${cause.message}.`, cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words would show a part of the file.
    throw tokensFileError(`${path} is not JSON.`);
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      (issue) => `  ${formatPath(issue.path)}: allowed: ${issue.message}`,
    );
    throw tokensFileError(`${path} has mistakes.\n${lines.join("\n")}`);
  }
  const twins = findTwins(parsed.data);
  if (twins.length > 0) throw tokensFileError(`${path} has mistakes.\n${twins.join("\n")}`);
  return parsed.data;
}

/** The audit log could not tell two of one name apart, and of two with one token the second would never act. */
function findTwins(tokens: readonly AccessToken[]): string[] {
  return (["name", "token"] as const).flatMap((field) =>
    tokens.flatMap((one, index) => {
      const first = tokens.findIndex((other) => other[field] === one[field]);
      return first < index ? [`  [${index}].${field}: is also that of [${first}]`] : [];
    }),
  );
}

function formatPath(path: readonly PropertyKey[]): string {
  return (
    path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("") || "the file"
  );
}

function tokensFileError(message: string, cause?: Error): AppError {
  const hint =
    'Write [{ "name": "alice", "token": "<at least 16 characters>", "permissions": ["read", "silence"] }] and set OBSERVER_TOKENS_FILE to its path.';
  return new AppError("invalid", "access.tokens_file", `${message}\n${hint}`, { cause });
}

/**
 * Beyond loopback everybody could read traces, silence alerts and send telemetry, so tokens are needed there.
 *
 * @throws AppError `access.open_address` naming everything that is missing
 */
export function refuseOpenAddress(options: {
  readonly host: string;
  readonly otlpToken: string | undefined;
  readonly tokens: readonly AccessToken[] | undefined;
}): void {
  if (isLoopback(options.host)) return;
  const missing = [
    ...(options.otlpToken === undefined ? ["OTLP_TOKEN or OTLP_TOKEN_FILE (for senders)"] : []),
    ...(options.tokens === undefined ? ["OBSERVER_TOKENS_FILE (for people and programs)"] : []),
  ];
  if (missing.length === 0) return;
  const message = `HOST ${options.host} can be reached from other machines, and nobody would be asked who they are. Set ${missing.join(" and ")}, or HOST=127.0.0.1.`;
  throw new AppError("invalid", "access.open_address", message, { details: { host: options.host } });
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/**
 * The token that senders of OTLP must show: given itself, or by the file that holds it.
 *
 * @throws AppError `access.otlp_token_file`
 */
export async function readOtlpToken(
  token: string | undefined,
  path: string | undefined,
): Promise<string | undefined> {
  if (token !== undefined || path === undefined) return token;
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    const message = `OTLP_TOKEN_FILE ${path} cannot be read: ${cause.message}.`;
    throw new AppError("invalid", "access.otlp_token_file", message, { cause });
  });
  if (text.trim().length >= tokenLengthMin) return text.trim();
  const message = `OTLP_TOKEN_FILE ${path} holds fewer than ${tokenLengthMin} characters. Write a longer token into it.`;
  throw new AppError("invalid", "access.otlp_token_file", message);
}
