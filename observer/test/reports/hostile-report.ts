/** What an attacker would send in every text that telemetry carries. */
export const hostileText = `"'></a></td></style></svg><script>window.hacked=1</script><img src=x onerror="window.hacked=1"> | \`\`\` *b* [x](javascript:alert(1)) https://evil.test www.evil.test \u0000\u001b[31m\u202e\ud800 日本 {{x}} ${"x".repeat(5_000)}`;

/** Every text of a value made hostile, but ids of states and times that the observer itself sets. */
export function toHostile<T>(value: T, key = ""): T {
  if (typeof value === "string") return (kept.has(key) || /^\d{4}-/.test(value) ? value : hostileText) as T;
  if (Array.isArray(value)) return value.map((one) => toHostile(one, key)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, toHostile(one, name)])) as T;
}
const kept = new Set(["report", "tone", "name", "verdict", "kind", "bound", "unmeasured"]);
