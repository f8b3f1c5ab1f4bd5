/** What stands where something was taken out. The word that OpenTelemetry's own instrumentations use. */
export const redacted = "REDACTED";

const emailAddress = /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g;
const userInfo = /\/\/[^/@\s]{1,256}@/g;
const webToken = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g;
const authorization = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi;
const secretPair =
  /\b((?:[A-Za-z0-9]{1,32}[_-])?(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|cookie))(["']?\s{0,4}[:=]\s{0,4})("[^"]{0,1024}"?|'[^']{0,1024}'?|[^\s"',;&)}\]]{1,1024})/gi;

/**
 * Takes what nobody may read out of a text whose name says nothing about it: mail addresses, user and password in an address,
 * tokens. Cheap where there is nothing: three scans for a character.
 */
export function redactText(text: string): string {
  let out = text;
  if (out.includes("@")) {
    if (out.includes("//")) out = out.replace(userInfo, `//${redacted}@`);
    out = out.replace(emailAddress, redacted);
  }
  if (out.includes("eyJ")) out = out.replace(webToken, redacted);
  if (out.includes("earer ") || out.includes("asic ") || out.includes("EARER ")) {
    out = out.replace(authorization, (_, scheme: string) => `${scheme} ${redacted}`);
  }
  return out;
}

/** As `redactText`, for texts written by people and programs at will (log bodies, error messages): also `password=...` and its like. */
export function redactProse(text: string): string {
  const out = redactText(text);
  if (!out.includes("=") && !out.includes(":")) return out;
  return out.replace(secretPair, (_, name: string, sign: string) => `${name}${sign}${redacted}`);
}

const secretWords = new Set([
  ...[
    "accesskey",
    "apikey",
    "authorization",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "csrf",
    "cvv",
    "jsessionid",
    "jwt",
  ],
  ...[
    "passphrase",
    "passwd",
    "password",
    "phpsessid",
    "privatekey",
    "pwd",
    "secret",
    "secretkey",
    "sessionid",
    "sig",
    "signature",
  ],
  ...["ssn", "token"],
]);
const secretPairs = new Set(["accesskey", "apikey", "awsaccesskey", "privatekey", "secretkey"]);

/**
 * Whether a name says that its value is a secret: one of its words, or two neighbours together, is on the list.
 * `http.request.header.x-api-key`, `accessToken` and `db.password` are; `gen_ai.usage.input_tokens` is not.
 */
export function namesSecret(name: string): boolean {
  if (name.startsWith("gen_ai.")) return false;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some(
    (word, index) => secretWords.has(word) || secretPairs.has(word + (words[index + 1] ?? "")),
  );
}

/**
 * An address with the secrets taken out of its query, and user and password out of its host part. Names of parameters stay.
 *
 * @param text a whole address, a path with query, or with `isQuery` a query alone
 */
export function redactAddress(text: string, isQuery: boolean): string {
  const start = isQuery ? 0 : text.indexOf("?") + 1;
  if (!isQuery && start === 0) return redactText(text);
  const hash = text.indexOf("#", start);
  const end = hash < 0 ? text.length : hash;
  const parameters = text.slice(start, end).split("&");
  const clean = parameters.map((parameter) => {
    const equals = parameter.indexOf("=");
    if (equals < 0 || equals === parameter.length - 1) return parameter;
    const name = parameter.slice(0, equals);
    return namesSecret(safeDecode(name)) || name === "code" || name === "state"
      ? `${name}=${redacted}`
      : parameter;
  });
  const query = clean.join("&").replace(/%40/gi, "@");
  const isMailInQuery = query.includes("@") && emailAddress.test(query);
  emailAddress.lastIndex = 0;
  const safe = isMailInQuery ? query.replace(emailAddress, redacted) : clean.join("&");
  return redactText(text.slice(0, start)) + safe + (hash < 0 ? "" : "#");
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An IP address with the part that tells a person from its neighbours set to zero. Loopback and private ones stay: they are machines. */
export function maskAddress(text: string): string {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(text.replace(/^::ffff:/i, ""));
  if (four !== null) {
    const [first, second] = [Number(four[1]), Number(four[2])];
    const isPrivate =
      first === 127 ||
      first === 10 ||
      (first === 192 && second === 168) ||
      (first === 172 && second >= 16 && second <= 31);
    return isPrivate ? text : `${four[1]}.${four[2]}.${four[3]}.0`;
  }
  if (!text.includes(":") || text === "::1" || /^f[cd]|^fe80/i.test(text)) return text;
  return `${text.split(":").slice(0, 3).join(":")}::`;
}
