import type { HttpClient, HttpRequest } from "./http-client.ts";
import { fillJson, fillText, type Json, type Random, readPath } from "./placeholders.ts";
import type { Flow, Scenario, Step } from "./scenario.ts";

/** A setup that could not be done: then nothing was measured. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

/**
 * Plays the setup of a scenario once.
 *
 * @returns what its steps saved, and the scenario's variables
 * @throws SetupError when a step was not answered as expected
 */
export async function setUp(
  scenario: Scenario,
  client: HttpClient,
  random: Random,
  baseUrl: string,
): Promise<Map<string, unknown>> {
  const saved = new Map<string, unknown>(Object.entries(scenario.variables));
  for (const step of scenario.setup) {
    const { status, body } = await client.send(toRequest(step, saved, random));
    if (!isExpected(step, status)) {
      const what = status === 0 ? "got no answer" : `was answered ${status}: ${body.slice(0, 300)}`;
      throw new SetupError(`${step.request} of the setup ${what} (${baseUrl})`);
    }
    if (!save(step, body, saved, saved)) {
      const names = Object.values({ ...step.save, ...step.keep }).join(", ");
      throw new SetupError(
        `the answer to ${step.request} of the setup lacks something of: ${names} (${baseUrl})`,
      );
    }
  }
  return saved;
}

/** One of them by chance, by weight. @param flows at least one */
export function chooseFlow(flows: readonly Flow[], random: Random): Flow {
  let rest = random() * flows.reduce((sum, { weight }) => sum + weight, 0);
  for (const flow of flows) {
    rest -= flow.weight;
    if (rest < 0) return flow;
  }
  throw new Error("a random number below 1 chooses one of at least one flow");
}

/** The request of a step with all its placeholders filled. @throws PlaceholderError */
export function toRequest(step: Step, values: ReadonlyMap<string, unknown>, random: Random): HttpRequest {
  const [method = "", path = ""] = fillText(step.request, values, random).split(" ");
  const query = fillAll(step.query ?? {}, values, random);
  const search = step.query === undefined ? "" : `?${new URLSearchParams(query)}`;
  const headers = fillAll(step.headers, values, random);
  if (step.body === undefined) return { method, path: path + search, headers };
  const body = JSON.stringify(fillJson(step.body as Json, values, random));
  return { method, path: path + search, headers: { "content-type": "application/json", ...headers }, body };
}

function fillAll(
  texts: Record<string, string>,
  values: ReadonlyMap<string, unknown>,
  random: Random,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, fillText(text, values, random)]),
  );
}

export function isExpected({ expect }: Step, status: number): boolean {
  return expect === undefined ? status >= 200 && status < 300 : expect.includes(status);
}

/**
 * Keeps what a step wants of its answer: in `values` for the steps that follow, and what it keeps in `shared`, too, for flows that
 * begin later.
 *
 * @returns false when the answer lacks some of it; an empty list counts as lacking. Nothing is shared then
 */
export function save(
  step: Step,
  body: string,
  values: Map<string, unknown>,
  shared: Map<string, unknown>,
): boolean {
  const wanted = Object.entries({ ...step.save, ...step.keep });
  if (wanted.length === 0) return true;
  const json = parse(body);
  for (const [name, path] of wanted) values.set(name, readPath(json, path));
  const isWhole = wanted.every(([name]) => {
    const value = values.get(name);
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (isWhole) for (const name of Object.keys(step.keep ?? {})) shared.set(name, values.get(name));
  return isWhole;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
