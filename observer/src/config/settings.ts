import { diagnosisSections } from "./diagnosis-settings.ts";
import { fraction, type SectionDefinition, type SettingDefinition, whole } from "./setting.ts";

/** Fields that every limit has. Each may stand on the limit, or on `defaults`, a service or an endpoint for all limits there. */
export const limitFields = {
  windowSeconds: whole(
    30,
    1,
    3600,
    "What the value is made from. The effective window is at least 2.5 times the sender's export interval.",
  ),
  forSeconds: whole(0, 0, 86_400, "How long a breach must last before the alert fires."),
  keepFiringSeconds: whole(10, 0, 86_400, "How long the value must stay good before the alert is resolved."),
  minRequests: whole(
    20,
    1,
    1_000_000,
    "Requests in the window below which the rule answers `insufficient`. Only for limits that rest on requests.",
  ),
  clearRatio: fraction(0.9, 0.01, 1, "Makes `clear` where a limit names none; see below."),
} as const satisfies Record<string, SettingDefinition>;

/** Sections of plain numbers. */
export const sections = {
  alerts: {
    description: "When and how often people are told.",
    settings: {
      noDataAfterSeconds: whole(
        0,
        0,
        86_400,
        "How long a subject must have been silent, on top of its window, before that is told.",
      ),
      errorAfterSeconds: whole(
        10,
        0,
        86_400,
        "How long reading must have failed before that is told: one lost query is no news.",
      ),
      groupIntervalSeconds: whole(
        2,
        0,
        86_400,
        "After a message about a group, further alerts of it are gathered for so long.",
      ),
      explainWithinSeconds: whole(
        60,
        0,
        86_400,
        "How long after a message a first finding is worth another one.",
      ),
    },
  },
  healthPolls: {
    description: "How the observer asks services that have a `healthUrl`.",
    settings: {
      intervalSeconds: fraction(1, 0.1, 3600, "Time between two polls of a service."),
      timeoutSeconds: fraction(2, 0.05, 60, "After this a poll has failed."),
      startupSeconds: whole(
        30,
        0,
        3600,
        "After the observer's start, failed polls of a service that has not passed yet are not counted for so long.",
      ),
    },
  },
  retention: {
    description: "How long is kept what was stored. Whole files go, oldest first.",
    settings: {
      spansHours: whole(72, 1, 87_600, "Age at which spans, points and logs are removed."),
      spansBytesMax: whole(
        5_000_000_000,
        10_000_000,
        1e15,
        "Size of spans, points and logs together, beyond which the oldest are removed before their age.",
      ),
      rollupsDays: whole(400, 1, 36_500, "Age at which one-minute rollups are removed."),
    },
  },
  ingest: {
    description: "Guards of the OTLP receiver. What they refuse is counted with its reason.",
    settings: {
      bodyBytesMax: whole(16_777_216, 1024, 1_073_741_824, "Body of one request, as sent and as unpacked."),
      bodiesBytesMax: whole(
        67_108_864,
        65_536,
        4_294_967_296,
        "All bodies in memory together; beyond, senders are told to come again.",
      ),
      attributesMax: whole(
        512,
        8,
        10_000,
        "Attributes of one span, point, log record or resource; further ones are dropped.",
      ),
      attributeLengthMax: whole(
        32_768,
        64,
        1_048_576,
        "Length of one attribute's text; longer ones are cut.",
      ),
      nestingDepthMax: whole(16, 1, 64, "Depth of nested attribute values."),
      futureSecondsMax: whole(
        3600,
        1,
        86_400,
        "How far a sender's clock may be ahead; later items are refused.",
      ),
      sendersMax: whole(2000, 1, 1_000_000, "Resources that are told apart."),
      seriesMax: whole(
        100_000,
        100,
        10_000_000,
        "Series of all metrics; further ones go into an overflow series or are refused.",
      ),
      seriesPerMetricMax: whole(5000, 10, 10_000_000, "Series of one metric of one resource."),
      forgetAfterSeconds: whole(
        900,
        1,
        86_400,
        "Senders and series silent for so long are forgotten and make room.",
      ),
    },
  },
  ...diagnosisSections,
} as const satisfies Record<string, SectionDefinition>;

/** Numbers at the top of the file. */
export const topSettings = {
  scalingHeadroomRatio: fraction(0.8, 0.05, 1, "Scaling aims at limit times this."),
} as const satisfies Record<string, SettingDefinition>;

/** What a limit in a unit can be at all. */
export const unitRanges = {
  ms: { min: 0.001, max: 3_600_000, name: "ms" },
  ratio: { min: 0, max: 1, name: "as a ratio, not in percent" },
  MB: { min: 1, max: 1e9, name: "MB (1,000,000 bytes)" },
  count: { min: 0, max: 1e12, name: "" },
  "1/s": { min: 0, max: 1e9, name: "a second" },
  "1/min": { min: 0, max: 1e9, name: "a minute" },
} as const;

export type LimitFieldName = keyof typeof limitFields;
export type SectionName = keyof typeof sections;
/** The resolved numbers of one section, all present. */
export type SectionValues<Name extends SectionName> = Readonly<
  Record<keyof (typeof sections)[Name]["settings"], number>
>;

export const severities = ["info", "warning", "critical"] as const;
export type Severity = (typeof severities)[number];

export const attachedFormats = ["html", "pdf", "md", "json"] as const;

export const receiverTypes = ["bus", "smtp", "webhook", "heartbeat"] as const;
export type ReceiverType = (typeof receiverTypes)[number];
