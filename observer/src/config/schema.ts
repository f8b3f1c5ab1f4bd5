import { z } from "zod";
import {
  type CounterLimitKeyName,
  counterLimitKeys,
  type LimitKeyDefinition,
  type LimitKeyName,
  limitKeyNames,
  limitKeys,
  type RouteLimitKeyName,
  routeLimitKeyNames,
} from "./limit-keys.ts";
import { findScheduleFault, isTimeZone } from "./report-schedule.ts";
import type { SectionDefinition, SettingDefinition } from "./setting.ts";
import {
  attachedFormats,
  type LimitFieldName,
  limitFields,
  receiverTypes,
  sections,
  severities,
  topSettings,
  unitRanges,
} from "./settings.ts";

// The messages given to zod are the text of `allowed`: what may stand there, never what was wrong.

const endpointKeyPattern = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|QUERY) \/[^\s?#]*$/;
export const endpointKeyAllowed =
  'a method and a route as the service reports it: "POST /api/orders", "GET /api/orders/:id"';

const metricNamePattern = /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/;
export const metricNameAllowed = 'the name of a metric as the service sends it: "shop.orders.placed"';

const receiverRepeat: SettingDefinition = {
  default: 14_400,
  min: 1,
  max: 2_592_000,
  whole: true,
  description: "A firing alert is sent again after this; for a heartbeat, the time between two beats.",
};

export const receiverRepeatDefault = receiverRepeat.default;

function toNumber(setting: Pick<SettingDefinition, "min" | "max" | "whole">, unit = ""): z.ZodNumber {
  const kind = setting.whole ? "a whole number" : "a number";
  const allowed = `${kind} from ${setting.min} to ${setting.max}${unit === "" ? "" : ` ${unit}`}`;
  const number = z.number({ error: allowed }).min(setting.min, allowed).max(setting.max, allowed);
  return setting.whole ? number.int(allowed) : number;
}

const severity = z.enum(severities, { error: oneOf(severities) }).describe("How loudly a breach is told.");
const critical = z
  .boolean({ error: "true or false" })
  .describe("Whether symptoms here are critical. An endpoint inherits it from its service.");

function oneOf(values: readonly string[]): string {
  return `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;
}

const fieldShape = mapValues(limitFields, (field) =>
  toNumber(field).optional().describe(field.description),
) as Record<LimitFieldName, z.ZodOptional<z.ZodNumber>>;

function toLimit(key: string, { unit, description }: Pick<LimitKeyDefinition, "unit" | "description">) {
  const number = toNumber({ ...unitRanges[unit], whole: false }, unitRanges[unit].name);
  const fields = z.strictObject(
    { limit: number.optional(), clear: number.optional(), ...fieldShape, severity: severity.optional() },
    { error: "an object" },
  );
  const error = 'a number, an object like { "limit": ..., "forSeconds": ... }, or null to switch it off';
  return z
    .union([number, fields, z.null()], { error })
    .meta({ id: key, description: `${description} Unit: ${unit}.` })
    .optional();
}

type LimitSchema = ReturnType<typeof toLimit>;

// Each limit is one object wherever it may stand, so that the JSON Schema defines it once.
const allLimits = Object.fromEntries(
  limitKeyNames.map((key) => [key, toLimit(key, limitKeys[key])]),
) as Record<LimitKeyName, LimitSchema>;
const routeLimits = Object.fromEntries(routeLimitKeyNames.map((key) => [key, allLimits[key]])) as Record<
  RouteLimitKeyName,
  LimitSchema
>;

const counterLimits = {
  perMinuteMin: toLimit("perMinuteMin", counterLimitKeys.perMinuteMin),
  perMinuteMax: toLimit("perMinuteMax", counterLimitKeys.perMinuteMax),
} satisfies Record<CounterLimitKeyName, LimitSchema>;

const levelShape = { ...fieldShape, severity: severity.optional() };
const anObject = { error: "an object" };

const endpointSchema = z.strictObject(
  { critical: critical.optional(), ...levelShape, ...routeLimits },
  anObject,
);

const serviceSchema = z.strictObject(
  {
    healthUrl: z
      .string({ error: "an http or https URL" })
      .optional()
      .describe(`Polled for availability. \${NAME:-default} is taken from the environment.`),
    critical: critical.optional(),
    dependsOn: z
      .array(z.string({ error: "the name of a service" }), { error: "a list of names of services" })
      .optional()
      .describe("Services this one cannot work without."),
    optional: z
      .boolean({ error: "true or false" })
      .optional()
      .describe("Not every deployment has it: not expected, and no dead threshold, before it was seen."),
    ...levelShape,
    ...allLimits,
    counters: z
      .record(
        z.string().regex(metricNamePattern, metricNameAllowed),
        z.strictObject(counterLimits, anObject),
        anObject,
      )
      .optional()
      .describe(
        `Counters of its own that are followed, with limits or without. Each key is ${metricNameAllowed}.`,
      ),
    endpoints: z
      .record(z.string().regex(endpointKeyPattern, endpointKeyAllowed), endpointSchema, anObject)
      .optional()
      .describe(`Limits for single routes. Each key is ${endpointKeyAllowed}.`),
  },
  anObject,
);

const receiverSchema = z.strictObject(
  {
    name: z.string({ error: "a name" }).min(1, "a name"),
    type: z
      .enum(receiverTypes, { error: oneOf(receiverTypes) })
      .describe("How it is reached; its address is environment."),
    severities: z
      .array(severity, { error: `a list of ${severities.join(", ")}` })
      .min(1, "at least one severity")
      .optional()
      .describe("What it is told; all, where left out."),
    repeatIntervalSeconds: toNumber(receiverRepeat)
      .default(receiverRepeat.default)
      .describe(receiverRepeat.description),
  },
  anObject,
);

const reportPeriod: SettingDefinition = {
  ...{ default: 168, min: 1, max: 2_208, whole: true },
  description: "What it looks back on, from the time it is due. The usual value is a week.",
};
const scheduleAllowed = 'five fields of cron: "0 7 * * 1" is Monday at 7:00';
const timeZoneAllowed = 'the name of a time zone: "Europe/Berlin", "UTC"';
const addressAllowed = "a mail address";

const reportSchema = z.strictObject(
  {
    name: z.string({ error: "a name" }).min(1, "a name").max(100, "at most 100 characters"),
    schedule: z
      .string({ error: scheduleAllowed })
      .superRefine((text, context) => {
        const wrong = findScheduleFault(text);
        if (wrong !== undefined)
          context.addIssue({ code: "custom", message: scheduleAllowed, params: { wrong } });
      })
      .describe(`When it is sent: ${scheduleAllowed}.`),
    timeZone: z
      .string({ error: timeZoneAllowed })
      .refine(isTimeZone, timeZoneAllowed)
      .default("UTC")
      .describe("Whose clock the schedule goes by."),
    format: z
      .enum(attachedFormats, { error: oneOf(attachedFormats) })
      .default("html")
      .describe("Of the file that goes with the mail."),
    periodHours: toNumber(reportPeriod).default(reportPeriod.default).describe(reportPeriod.description),
    to: z
      .array(z.email({ error: addressAllowed }), { error: "a list of mail addresses" })
      .min(1, addressAllowed)
      .max(50, "at most 50 addresses")
      .optional()
      .describe("Who gets it; those who get alerts, where left out."),
  },
  anObject,
);

function toSection<Settings extends SectionDefinition["settings"]>(description: string, settings: Settings) {
  const shape = mapValues(settings, toSetting) as Record<keyof Settings, z.ZodDefault<z.ZodNumber>>;
  return z.strictObject(shape, anObject).describe(description);
}

function toSetting(setting: SettingDefinition): z.ZodDefault<z.ZodNumber> {
  return toNumber(setting).default(setting.default).describe(setting.description);
}

/** The shape of `observer_config.json`. What one value says about another is checked by `findImpossible`. */
export const configurationSchema = z.strictObject(
  {
    $schema: z.string({ error: "the place of the JSON Schema" }).optional(),
    defaults: z
      .strictObject({ ...levelShape, ...allLimits }, anObject)
      .prefault({})
      .describe("Limits of every service and route that does not say otherwise."),
    services: z
      .record(z.string().min(1, "the name of a service"), serviceSchema, anObject)
      .prefault({})
      .describe("Services by the `service.name` they send. Each is expected to be heard of."),
    alerts: toSection(sections.alerts.description, sections.alerts.settings)
      .extend({
        receivers: z
          .array(receiverSchema, { error: "a list of receivers" })
          .optional()
          .describe("Who is told. Left out: one receiver of each type, told of critical and warning."),
      })
      .prefault({}),
    reports: z
      .array(reportSchema, { error: "a list of schedules" })
      .default([])
      .describe("Optimisation reports that are sent by mail, each on a schedule."),
    healthPolls: toSection(sections.healthPolls.description, sections.healthPolls.settings).prefault({}),
    retention: toSection(sections.retention.description, sections.retention.settings).prefault({}),
    ingest: toSection(sections.ingest.description, sections.ingest.settings).prefault({}),
    traceBuffer: toSection(sections.traceBuffer.description, sections.traceBuffer.settings).prefault({}),
    diagnosis: toSection(sections.diagnosis.description, sections.diagnosis.settings).prefault({}),
    findings: toSection(sections.findings.description, sections.findings.settings).prefault({}),
    scalingHeadroomRatio: toSetting(topSettings.scalingHeadroomRatio),
  },
  anObject,
);

/** The file after the shape was checked, before anything is inherited. */
export type ConfigurationInput = z.output<typeof configurationSchema>;
export type ServiceInput = ConfigurationInput["services"][string];
export type LevelInput = Partial<Record<LimitKeyName | CounterLimitKeyName, LimitInput>> &
  Partial<Record<LimitFieldName, number | undefined>> & {
    severity?: (typeof severities)[number] | undefined;
    critical?: boolean | undefined;
  };
export type LimitInput = z.output<LimitSchema>;

function mapValues<In, Out>(
  table: Readonly<Record<string, In>>,
  map: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, map(value)]));
}
