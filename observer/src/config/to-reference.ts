import { counterLimitKeys, limitKeyNames, limitKeys } from "./limit-keys.ts";
import type { SettingDefinition } from "./setting.ts";
import {
  attachedFormats,
  limitFields,
  receiverTypes,
  sections,
  severities,
  topSettings,
  unitRanges,
} from "./settings.ts";

/**
 * The reference of `observer_config.json` for people, made from the same tables as the schema.
 *
 * @returns Markdown that ends with a line end; the content of `docs/configuration.md`
 */
export function toConfigurationReference(): string {
  return `${[introduction, inheritance, limitTable(), fieldTable(), servicesText, counterText(), receiversText, reportsText, ...sectionTables(), checking].join("\n\n")}\n`;
}

const introduction = `# Configuration

<!-- Generated from the tables in observer/src/config. Change those, then run \`npm run generate\`. -->

\`observer_config.json\` holds every threshold, once. Addresses of servers and secrets are environment, never in this file. It is plain JSON: no
comments, no key twice, no unknown key. [observer_config.schema.json](observer_config.schema.json) lets an editor complete and check it.

\`\`\`json
{
  "$schema": "./docs/observer_config.schema.json",
  "defaults": { "latencyP95MsMax": 500, "cpuRatioMax": { "limit": 0.7, "forSeconds": 15 } },
  "services": {
    "shop": {
      "healthUrl": "http://127.0.0.1:\${SHOP_PORT:-8080}/health",
      "critical": true,
      "endpoints": { "POST /orders": { "latencyP95MsMax": { "limit": 800, "clear": 700 } }, "GET /export": { "latencyP95MsMax": null } }
    }
  }
}
\`\`\``;

const inheritance = `## How a limit is found

\`defaults\`, then \`services.<name>\`, then \`services.<name>.endpoints["POST /orders"]\`: the nearest wins, field by field. A limit is

- a number: the limit alone, all other fields are inherited;
- an object: \`{ "limit": 500, "clear": 450, "forSeconds": 30, "severity": "critical" }\`, any of the fields below;
- \`null\`: switched off here.

A key's name ends in its unit and bound. Above a \`Max\` or below a \`Min\` is a breach; exactly at the limit is not. Ratios are 0..1, never percent.

\`clear\` is the value that counts as good again, so that an alert does not flap. Left out, it is \`limit x clearRatio\` for a \`Max\`,
\`limit / clearRatio\` for a \`Min\`, and for a ratio with a \`Min\` ten percent nearer to 1: \`1 - (1 - limit) x clearRatio\`. It belongs to its
limit: an endpoint that names another limit does not inherit the \`clear\` of its service.

\`severity\`, where nothing names one, is \`critical\` for a symptom of a service or endpoint with \`"critical": true\`, else \`warning\`.
Symptoms are what callers feel; causes (CPU, memory, pools, calls to others) stay warnings.

Limits of the level *route* make one rule for every route of a service, those of the level *service* one for every service. A service that
the file does not name has the limits of \`defaults\` from the moment it is seen. A service that it names is expected: it has its rules before
it is seen, and a service or endpoint that is never seen is reported as a dead threshold. An endpoint without requests alarms nobody.
\`availabilityRatioMin\` holds only where there is a \`healthUrl\`.`;

function limitTable(): string {
  const rows = limitKeyNames.map((key) => {
    const { level, unit, tells, restsOnRequests, description } = limitKeys[key];
    return [
      code(key),
      level,
      range({ ...unitRanges[unit], whole: false }),
      unit,
      tells,
      restsOnRequests ? "requests" : "points",
      description,
    ];
  });
  return `## Limits\n\n${table(["key", "level", "allowed", "unit", "tells a", "rests on", "what"], rows)}`;
}

function fieldTable(): string {
  const rows = Object.entries(limitFields).map(([name, field]) => settingRow(name, field));
  rows.push([code("severity"), "", severities.map(code).join(", "), "see above"]);
  return `## Fields of every limit

Each may also stand on \`defaults\`, a service or an endpoint, for all limits there.

${table(["field", "default", "allowed", "what"], rows)}

The effective window is at least 2.5 times the export interval of the sender and is shown with the rule: a stock SDK that exports every 60 s
is judged over 150 s.`;
}

const servicesText = `## Services

| key | what |
|---|---|
| \`healthUrl\` | Polled for availability. \`\${NAME}\` and \`\${NAME:-default}\` are taken from the environment. |
| \`critical\` | \`true\` makes symptoms critical. An endpoint inherits it. |
| \`dependsOn\` | Names of services this one cannot work without. No circles. |
| \`optional\` | \`true\` for one that not every deployment has: not expected, and no dead threshold, before it was seen. |
| \`counters\` | Counters of its own; see below. |
| \`endpoints\` | Limits for single routes. A key is a method and a route as the service reports it: \`"GET /api/orders/:id"\`. |

A service stands under the \`service.name\` it sends.`;

function counterText(): string {
  const rows = Object.entries(counterLimitKeys).map(([key, { unit, description }]) => [
    code(key),
    range({ ...unitRanges[unit], whole: false }),
    unit,
    description,
  ]);
  return `## Counters

What a service counts on its own account, such as orders or mails: a monotonic sum, named as it is sent. A counter that stands here is
followed, shown on the page of its service and kept in rollups, with a limit or without.

\`\`\`json
{ "services": { "shop": { "counters": { "shop.orders.placed": { "perMinuteMin": { "limit": 1, "windowSeconds": 900 } }, "shop.mails.sent": {} } } } }
\`\`\`

${table(["key", "allowed", "unit", "what"], rows)}

Fields are those of every limit but \`minRequests\`. The rule is called after both: \`shop.orders.placed.perMinuteMin\`. Choose a window in which
it counts several times. SDKs send a counter from its first count on: until then there is no data, which alarms nobody. A metric
that a limit above reads already cannot stand here.`;
}

const receiversText = `## Receivers

\`alerts.receivers\` lists who is told: \`name\`, \`type\` (${receiverTypes.map(code).join(", ")}), \`severities\` (all where left out) and
\`repeatIntervalSeconds\`, after which a firing alert is sent again, or between two beats of a heartbeat. A receiver whose address the
environment does not give is not opened. Without the list there is one receiver of each type, told of critical and warning.`;

const reportsText = `## Reports

\`reports\` lists optimisation reports that are sent by mail, each once for every time it is due, over restarts too. One that was missed while
the observer was away is made up for; of several only the last.

\`\`\`json
{ "reports": [{ "name": "weekly", "schedule": "0 7 * * 1", "timeZone": "Europe/Berlin", "format": "pdf", "periodHours": 168, "to": ["team@example.com"] }] }
\`\`\`

\`schedule\` has five fields of cron, read on the clock of \`timeZone\` (UTC where left out). \`format\` is that of the file that goes with the mail:
${attachedFormats.map(code).join(", ")}; the first where left out. \`periodHours\` is what it looks back on, 168 where left out, at most 2208. Without \`to\`
it goes where alerts go.`;

function sectionTables(): string[] {
  const tables = Object.entries(sections).map(([name, { description, settings }]) => {
    const rows = Object.entries(settings).map(([key, setting]) => settingRow(key, setting));
    return `## ${code(name)}\n\n${description}\n\n${table(["key", "default", "allowed", "what"], rows)}`;
  });
  const top = Object.entries(topSettings).map(([key, setting]) => settingRow(key, setting));
  return [...tables, `## At the top of the file\n\n${table(["key", "default", "allowed", "what"], top)}`];
}

const checking = `## Checking and reloading

\`npx kontor check [file]\` tells every mistake at once with path, line, what is allowed and the nearest valid name, and asks a running
observer for dead thresholds. Exit codes: 0 in order, 1 problems, 2 the file cannot be read, 3 \`--strict\` without a running observer.
\`--strict\` makes dead thresholds problems.

Nothing starts on a wrong file. A reload builds the new configuration whole and then swaps; with a mistake in it the running one stays and
says so. The configuration hash names what is decided, not how it is written: formatting and the order of keys do not change it.`;

function settingRow(name: string, setting: SettingDefinition): string[] {
  return [code(name), String(setting.default), range(setting), setting.description];
}

function range({
  min,
  max,
  whole,
}: {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}): string {
  return `${min} .. ${max}${whole ? ", whole" : ""}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
