import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { AppError } from "@kontor/kit/errors";
import type { Request, Response } from "express";
import type { Instance, Instances } from "../upstreams/instances.ts";
import type { RetryBudget } from "../upstreams/retry-budget.ts";
import { type Connections, type Exchange, type ExchangeFailure, startExchange } from "./exchange.ts";
import { type Client, toClientHeaders } from "./headers.ts";
import { type BodyMemory, hasBody, readBody } from "./read-body.ts";

export type ProxyOptions = {
  connections: Connections;
  upstream: Instances;
  budget: RetryBudget;
  /** Until the head of the answer, the body of the request included; after it, between two pieces of the answer's body. */
  deadlineMs: number;
  bodies: BodyMemory;
};

/** Answers that say the instance is in trouble, not the request. */
const troubledStatuses = new Set([502, 503, 504]);

const idempotentMethods = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/**
 * Hands a request on to an instance of the service, once its body is here, and streams the answer back. A request that was never
 * sent, or that may be sent twice (idempotent), is tried once more, if possible on another instance.
 *
 * @throws AppError (by the returned function) `gateway.upstream_unavailable` 503, `gateway.upstream_failed` 502,
 *   `gateway.upstream_timeout` 504, `gateway.body_timeout` 408, `gateway.overloaded` 503, `request.too_large` 413
 */
export function createProxy(options: ProxyOptions): (req: Request, res: Response) => Promise<void> {
  return async (req, res) => {
    options.budget.requested();
    const attempt = new Attempt(req, res, options);
    try {
      const response = await attempt.respond();
      if (response !== undefined) await attempt.relay(response);
    } finally {
      attempt.close();
    }
  };
}

/** A request on its way: the deadline, the client's patience and the exchange they end. */
class Attempt {
  readonly #req: Request;
  readonly #res: Response;
  readonly #options: ProxyOptions;
  readonly #client: Client;
  readonly #deadline: NodeJS.Timeout;
  readonly #reading = new AbortController();
  #body: Buffer | undefined;
  #exchange: Exchange | undefined;
  /** Why it was ended from our side. */
  #ended: AppError | "client gone" | undefined;

  constructor(req: Request, res: Response, options: ProxyOptions) {
    this.#req = req;
    this.#res = res;
    this.#options = options;
    const addresses = [...req.ips, req.socket.remoteAddress ?? ""];
    this.#client = { addresses, host: req.headers.host, protocol: req.protocol };
    this.#deadline = setTimeout(() => this.#end(this.#toTimeout()), options.deadlineMs);
    res.once("close", this.#onClose);
  }

  /** The head of the answer; undefined when the client has gone away. */
  async respond(): Promise<IncomingMessage | undefined> {
    try {
      this.#body = await readBody(this.#req, this.#options.bodies, this.#reading.signal);
    } catch (error) {
      if (this.#ended === "client gone" || this.#req.errored !== null) return undefined;
      throw error;
    }
    return this.#ask(this.#body);
  }

  async #ask(body: Buffer, tried?: Instance): Promise<IncomingMessage | undefined> {
    const { upstream, connections } = this.#options;
    const instance = upstream.choose(Date.now(), tried) ?? tried;
    if (instance === undefined) throw this.#toUnavailable();
    this.#exchange = startExchange(this.#req, instance.url, this.#client, { connections, body });
    try {
      const response = await this.#exchange.response;
      if (troubledStatuses.has(response.statusCode ?? 0)) upstream.failed(instance, Date.now());
      else upstream.succeeded(instance);
      return response;
    } catch (error) {
      if (this.#ended === "client gone") return undefined;
      if (this.#ended?.kind === "timeout") connections.forget(instance.url);
      upstream.failed(instance, Date.now());
      if (this.#ended !== undefined) throw this.#ended;
      if (!this.#mayRepeat(error as ExchangeFailure, tried)) throw this.#toProblem(error as ExchangeFailure);
      return this.#ask(body, instance);
    }
  }

  /** Streams the answer. One that breaks off breaks off for the client, too: it must not take a part for the whole. */
  async relay(response: IncomingMessage): Promise<void> {
    this.#res.writeHead(response.statusCode ?? 502, toClientHeaders(response.headers));
    response.on("data", () => this.#deadline.refresh());
    // The failure itself has nobody to go to: pipeline has cut the connection to the client, and the head is sent.
    await pipeline(response, this.#res).catch(() => {});
  }

  close(): void {
    this.#options.bodies.give(this.#body?.length ?? 0);
    this.#exchange?.close();
    clearTimeout(this.#deadline);
    this.#res.off("close", this.#onClose);
  }

  readonly #onClose = (): void => {
    if (!this.#res.writableFinished) this.#end("client gone");
  };

  #mayRepeat({ wasNeverSent }: ExchangeFailure, tried: Instance | undefined): boolean {
    const { upstream, budget } = this.#options;
    const isSafe = wasNeverSent || idempotentMethods.has(this.#req.method);
    // The same instance once more makes sense where it closed a kept connection just then, and nowhere else.
    const isWorthIt = upstream.count(Date.now()).all > 1 || !wasNeverSent;
    return isSafe && isWorthIt && tried === undefined && budget.tryRetry();
  }

  #end(reason: AppError | "client gone"): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#reading.abort(reason);
    this.#exchange?.abort(new Error(reason === "client gone" ? reason : reason.code));
  }

  #toTimeout(): AppError {
    const { upstream, deadlineMs } = this.#options;
    if (hasBody(this.#req) && !this.#req.complete) {
      const message = `The body of the request was not complete within ${deadlineMs} ms.`;
      return new AppError("requestTimeout", "gateway.body_timeout", message, {
        headers: { Connection: "close" },
      });
    }
    const message = `${upstream.name} did not answer within ${deadlineMs} ms.`;
    return new AppError("timeout", "gateway.upstream_timeout", message, {
      details: { upstream: upstream.name },
    });
  }

  #toProblem(error: ExchangeFailure): AppError {
    return error.wasNeverSent ? this.#toUnavailable(error) : this.#toFailed(error);
  }

  #toUnavailable(cause?: Error): AppError {
    const { name } = this.#options.upstream;
    const options = { details: { upstream: name }, retryAfterSeconds: 1, cause };
    return new AppError(
      "unavailable",
      "gateway.upstream_unavailable",
      `${name} cannot be reached just now.`,
      options,
    );
  }

  #toFailed(cause: Error): AppError {
    const { name } = this.#options.upstream;
    const message = `${name} broke off before it answered. Whether it acted on the request is not known.`;
    return new AppError("badGateway", "gateway.upstream_failed", message, {
      details: { upstream: name },
      cause,
    });
  }
}
