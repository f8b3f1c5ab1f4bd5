import { z } from "zod";
import { defineEvent, type EventPayload } from "./define-event.ts";

/** What hurts, in one line, with the page that tells more. */
const item = z.object({ title: z.string(), text: z.string(), url: z.string() });

/** Of a file in a mail, before it is encoded. Larger ones are left out: the link leads to them. */
export const reportAttachmentBytesMax = 5_000_000;

/** A report was made on a schedule and is to be sent. Sent at least once; `id` is what repeats are dropped by. */
export const reportMade = defineEvent({
  name: "reports.made",
  version: 1,
  payload: z.object({
    /** One for a schedule and a time it was due, however often it is sent. */
    id: z.uuid(),
    report: z.enum(["optimisation"]),
    /** Name of the schedule in observer_config.json. */
    schedule: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    madeAt: z.iso.datetime(),
    /** What hurts most, in one sentence. */
    headline: z.string(),
    tone: z.enum(["bad", "warn", "good", "unknown"]),
    figures: z.array(z.object({ label: z.string(), value: z.string(), note: z.string() })).max(20),
    /** What costs most first. */
    items: z.array(item).max(20),
    /** Absolute address of the report. */
    url: z.string(),
    /** Mail addresses; where empty, those of alerts. */
    recipients: z.array(z.string().max(320)).max(50),
    attachment: z
      .object({
        name: z.string().max(200),
        contentType: z.string().max(200),
        base64: z.string().max(Math.ceil(reportAttachmentBytesMax / 3) * 4),
      })
      .nullable(),
  }),
  orderingKey: (payload) => payload.schedule,
});

export type ReportPayload = EventPayload<typeof reportMade>;

/** The Message-ID of the mail with a report, whoever sends it. */
export function reportMessageId(id: string): string {
  return `<${id}@kontor.reports>`;
}

/** What mail programs gather the reports of one schedule under. */
export function reportThreadId(schedule: string): string {
  return `<${encodeURIComponent(schedule)}@kontor.report-threads>`;
}
