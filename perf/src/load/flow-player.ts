import { chooseFlow, isExpected, save, toRequest } from "./flow.ts";
import type { HttpRequest } from "./http-client.ts";
import type { Random } from "./placeholders.ts";
import type { Recorder } from "./recorder.ts";
import type { Scenario, Step } from "./scenario.ts";

/** One person who does one thing after the other: flow upon flow, each step once the one before is answered. */
export class FlowPlayer {
  readonly #scenario: Scenario;
  readonly #saved: Map<string, unknown>;
  readonly #recorder: Recorder;
  readonly #random: Random;
  #steps: readonly Step[] = [];
  #values = new Map<string, unknown>();
  #sent: { step: Step; atMs: number } | undefined;
  /** Flows that were played to their end. */
  flows = 0;

  constructor(
    scenario: Scenario,
    saved: Map<string, unknown>,
    recorder: Recorder,
    random: Random = Math.random,
  ) {
    this.#scenario = scenario;
    this.#saved = saved;
    this.#recorder = recorder;
    this.#random = random;
  }

  /** What is to be sent now. One that was sent and never answered has failed, and its flow is over. */
  next(): HttpRequest {
    if (this.#sent !== undefined) this.lost();
    const [step, ...later] = this.#steps.length > 0 ? this.#steps : this.#begin();
    if (step === undefined) throw new Error("a flow has at least one step");
    this.#steps = later;
    const request = toRequest(step, this.#values, this.#random);
    this.#sent = { step, atMs: performance.now() };
    return request;
  }

  answered(status: number, body: string): void {
    if (this.#sent === undefined) return;
    const { step, atMs } = this.#sent;
    this.#sent = undefined;
    const durationMs = performance.now() - atMs;
    const isSuccess = isExpected(step, status) && save(step, body, this.#values, this.#saved);
    this.#recorder.record(step.request, status, isSuccess, durationMs);
    if (!isSuccess) this.#steps = [];
    else if (this.#steps.length === 0) this.flows += 1;
  }

  /** The connection was lost, or the answer did not come in time. */
  lost(): void {
    this.answered(0, "");
  }

  #begin(): readonly Step[] {
    this.#values = new Map(this.#saved);
    return chooseFlow(this.#scenario.flows, this.#random).steps;
  }
}
