import { z } from "zod";

/**
 * One request. Texts may hold placeholders: `{{name}}` a saved value, `{{uuid}}` a fresh one, `{{int:1:5}}` a number from
 * 1 to 5, `{{pick:names}}` one of a saved list. A text that is one placeholder alone becomes the value itself.
 */
const step = z.strictObject({
  /** Method and path, such as `GET /api/orders/{{orderId}}`; as it stands here it names the row of the result. */
  request: z
    .string()
    .regex(/^(GET|POST|PUT|PATCH|DELETE) \/\S*$/, "a method and a path, such as GET /api/orders"),
  query: z.record(z.string(), z.string()).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.json().optional(),
  /** Answer statuses that count as success; 200 to 299 when left out. */
  expect: z.array(z.int().min(100).max(599)).min(1).optional(),
  /** Values kept for later steps, by name: where they stand in the answer, such as `id` or `items[*].sku`. */
  save: z.record(z.string(), z.string()).optional(),
  /** As `save`, and for every flow that begins later, too, instead of what the setup saved: a token that would end before the load does. */
  keep: z.record(z.string(), z.string()).optional(),
});

export const scenario = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1),
  /** Flows begun each second, all kinds together. */
  flowsPerSecond: z.number().positive().max(10_000),
  durationSeconds: z.number().positive().max(86_400),
  variables: z.record(z.string(), z.string()).default({}),
  /** Done once, before anything is measured. */
  setup: z.array(step).default([]),
  /** What people do; chosen by weight. The steps of a flow follow each other, flows do not wait for each other. */
  flows: z
    .array(
      z.strictObject({ name: z.string().min(1), weight: z.number().positive(), steps: z.array(step).min(1) }),
    )
    .min(1),
});

export type Scenario = z.infer<typeof scenario>;
export type Flow = Scenario["flows"][number];
export type Step = Flow["steps"][number];

/**
 * @param text of a scenario file
 * @returns the scenario, or every problem with its path
 */
export function readScenario(
  text: string,
): { ok: true; scenario: Scenario } | { ok: false; problems: string[] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, problems: [error instanceof Error ? error.message : String(error)] };
  }
  const result = scenario.safeParse(json);
  const problems = result.success
    ? findUnsaved(result.data)
    : result.error.issues.map((issue) => `${issue.path.join(".") || "file"}: ${issue.message}`);
  return result.success && problems.length === 0
    ? { ok: true, scenario: result.data }
    : { ok: false, problems };
}

/** A value that is used before a step has saved it would fail in the middle of a run. */
function findUnsaved({ variables, setup, flows }: Scenario): string[] {
  const saved = new Set(Object.keys(variables));
  const problems = setup.flatMap((step, index) => findUnsavedOf(step, saved, `setup.${index}`));
  for (const [index, flow] of flows.entries()) {
    const own = new Set(saved);
    problems.push(
      ...flow.steps.flatMap((step, number) => findUnsavedOf(step, own, `flows.${index}.steps.${number}`)),
    );
  }
  return problems;
}

function findUnsavedOf(step: Step, saved: Set<string>, place: string): string[] {
  const { save = {}, keep = {}, ...uses } = step;
  const names = [...JSON.stringify(uses).matchAll(/\{\{([^{}]+)\}\}/g)].map((match) => match[1] ?? "");
  const wanted = names
    .filter((name) => name !== "uuid" && !/^int:\d+:\d+$/.test(name))
    .map((name) => name.replace(/^pick:/, ""));
  const problems = wanted
    .filter((name) => !saved.has(name))
    .map((name) => `${place}: nothing saves ${JSON.stringify(name)} before it is used`);
  for (const name of Object.keys({ ...save, ...keep })) saved.add(name);
  return problems;
}
