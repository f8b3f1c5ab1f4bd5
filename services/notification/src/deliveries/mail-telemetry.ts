import { MAIL_DELIVERIES, MAIL_KIND, MAIL_OUTCOME } from "@kontor/kit/metric-names";
import {
  context,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { ClaimedDelivery } from "./delivery.ts";

export type MailTelemetry = {
  /** Runs one attempt in a span of the trace that caused the mail. */
  send(delivery: ClaimedDelivery, attempt: () => Promise<void>): Promise<void>;
  /** A mail that is given up. */
  countDead(delivery: ClaimedDelivery): void;
};

/** @param server address of the mail server */
export function createMailTelemetry(server: { host: string; port: number }): MailTelemetry {
  const tracer = trace.getTracer("@kontor/notification");
  const outcomes = metrics.getMeter("@kontor/notification").createCounter(MAIL_DELIVERIES, {
    unit: "{mail}",
    description: "Attempts to send a mail by outcome: sent, failed (tried again), dead (given up).",
  });
  const count = ({ kind }: ClaimedDelivery, outcome: "sent" | "failed" | "dead") =>
    outcomes.add(1, { [MAIL_KIND]: kind, [MAIL_OUTCOME]: outcome });
  return {
    send(delivery, attempt) {
      const parent = propagation.extract(ROOT_CONTEXT, delivery.headers);
      const options = {
        kind: SpanKind.CLIENT,
        attributes: {
          "server.address": server.host,
          "server.port": server.port,
          "network.protocol.name": "smtp",
        },
      };
      const span = tracer.startSpan("send mail", options, parent);
      return context.with(trace.setSpan(parent, span), async () => {
        try {
          await attempt();
          count(delivery, "sent");
        } catch (error) {
          count(delivery, "failed");
          span.setAttribute(
            "error.type",
            error instanceof Error && "code" in error ? String(error.code) : "_OTHER",
          );
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    countDead: (delivery) => count(delivery, "dead"),
  };
}
