import type { Unit } from "../../signals/signal-definition.ts";
import { chosen } from "./datasources.ts";
import type { DatasourceType, Link, Override, Panel, Target, Threshold } from "./model.ts";
import type { Query } from "./targets.ts";

/** Grafana's names for the units of signals, and for others that panels show. */
const units = {
  ms: "ms",
  ratio: "percentunit",
  MB: "decmbytes",
  count: "short",
  "1/s": "reqps",
  "1/min": "cpm",
  s: "s",
  bytes: "bytes",
  ops: "ops",
  time: "dateTimeFromNow",
} as const satisfies Record<Unit | string, string>;

export type PanelUnit = keyof typeof units;

/** A limit as a coloured step: from it on, or below it, is red. */
export interface StaticLimit {
  readonly limit: number;
  readonly bound: "max" | "min";
}

export interface PanelOptions {
  readonly title: string;
  /** What it shows and what to do when it looks wrong. */
  readonly description: string;
  readonly unit: PanelUnit;
  readonly queries: readonly Query[];
  readonly limit?: StaticLimit | undefined;
  readonly links?: readonly Link[];
  readonly overrides?: readonly Override[];
  readonly stacked?: boolean;
  readonly max?: number;
  /** What series are called, where the query cannot say it. */
  readonly displayName?: string;
}

/** Values over time. */
export function graph(options: PanelOptions): Panel {
  const { unit, limit, links = [], overrides = [], stacked = false, max, displayName } = options;
  return {
    ...head("timeseries", options),
    fieldConfig: {
      defaults: {
        unit: units[unit],
        min: 0,
        ...(max === undefined ? {} : { max }),
        ...(displayName === undefined ? {} : { displayName }),
        thresholds: { mode: "absolute", steps: toSteps(limit) },
        color: { mode: "palette-classic" },
        links,
        custom: {
          drawStyle: "line",
          lineWidth: 1,
          fillOpacity: stacked ? 30 : 8,
          showPoints: "never",
          spanNulls: false,
          stacking: { mode: stacked ? "normal" : "none", group: "A" },
          thresholdsStyle: { mode: limit === undefined ? "off" : "dashed+area" },
        },
      },
      overrides: [...overrides, limitLine],
    },
    options: {
      legend: { displayMode: "table", placement: "bottom", showLegend: true, calcs: ["lastNotNull", "max"] },
      tooltip: { mode: "multi", sort: "desc" },
    },
  };
}

/** One number. */
export function stat(options: PanelOptions): Panel {
  const { unit, limit, links = [], overrides = [] } = options;
  return {
    ...head("stat", options),
    fieldConfig: {
      defaults: {
        unit: units[unit],
        thresholds: { mode: "absolute", steps: toSteps(limit) },
        color: { mode: limit === undefined ? "fixed" : "thresholds" },
        links,
      },
      overrides: [...overrides],
    },
    options: {
      reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
      colorMode: limit === undefined ? "none" : "background",
      graphMode: "none",
      justifyMode: "auto",
      textMode: "auto",
      wideLayout: true,
    },
  };
}

export interface Column {
  /** Letter of its query, as Grafana names the field: `Value #A`. */
  readonly name: string;
  readonly unit: PanelUnit;
  readonly limit?: StaticLimit | undefined;
}

export interface TableOptions extends Omit<PanelOptions, "unit" | "limit"> {
  /** One for each query, in their order. */
  readonly columns: readonly Column[];
  /** Labels shown as the first columns, with what they are called. */
  readonly labels: Readonly<Record<string, string>>;
  /** The column it is sorted by, largest first. */
  readonly sortBy: string;
}

/** One row for each subject; the queries are joined by their labels. */
export function table(options: TableOptions): Panel {
  const { columns, labels, links = [], overrides = [], sortBy, queries } = options;
  const named = columns.map(({ name }, index) => [
    columns.length === 1 ? "Value" : `Value #${toLetter(index)}`,
    name,
  ]);
  const order = [...Object.keys(labels), ...named.map(([field]) => field ?? "")];
  return {
    ...head("table", options),
    fieldConfig: {
      defaults: {
        thresholds: { mode: "absolute", steps: toSteps(undefined) },
        links,
        custom: { align: "auto", filterable: true, cellOptions: { type: "auto" } },
      },
      overrides: [...columns.map(toColumnOverride), ...overrides],
    },
    options: { showHeader: true, cellHeight: "sm", sortBy: [{ displayName: sortBy, desc: true }] },
    transformations: [
      ...(queries.length > 1 ? [{ id: "merge", options: {} }] : []),
      {
        id: "organize",
        options: {
          excludeByName: { Time: true },
          indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
          renameByName: { ...labels, ...Object.fromEntries(named) },
        },
      },
    ],
  };
}

export interface FluxTableOptions extends Omit<PanelOptions, "unit" | "limit"> {
  readonly labels: Readonly<Record<string, string>>;
  /** Columns that are not shown. */
  readonly hidden: readonly string[];
  readonly value: Column;
}

/** The rows that one query of Flux answers. */
export function fluxTable(options: FluxTableOptions): Panel {
  const { labels, hidden, value } = options;
  const order = [...Object.keys(labels), "_value"];
  const fieldConfig = {
    defaults: {
      thresholds: { mode: "absolute", steps: toSteps(undefined) },
      custom: { align: "auto", filterable: true, cellOptions: { type: "auto" } },
    },
    overrides: [toColumnOverride(value)],
  } as const;
  const organize = {
    excludeByName: Object.fromEntries([...hidden, "limit", "Time"].map((name) => [name, true])),
    indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
    renameByName: { ...labels, _value: value.name },
  };
  return {
    ...head("table", options),
    fieldConfig,
    options: { showHeader: true, cellHeight: "sm" },
    transformations: [{ id: "organize", options: organize }],
  };
}

/** Lines of logs. */
export function logs(options: Omit<PanelOptions, "unit">): Panel {
  return {
    ...head("logs", options),
    fieldConfig: { defaults: { thresholds: { mode: "absolute", steps: toSteps(undefined) } }, overrides: [] },
    options: {
      showTime: true,
      wrapLogMessage: true,
      enableLogDetails: true,
      sortOrder: "Descending",
      dedupStrategy: "none",
    },
  };
}

/** The rows a data source answers, as they are: of traces that were found. */
export function rows(options: Omit<PanelOptions, "unit">): Panel {
  return {
    ...head("table", options),
    fieldConfig: {
      defaults: { thresholds: { mode: "absolute", steps: toSteps(undefined) }, links: options.links ?? [] },
      overrides: [...(options.overrides ?? [])],
    },
    options: { showHeader: true, cellHeight: "sm" },
  };
}

function head(
  type: Panel["type"],
  { title, description, queries }: Pick<PanelOptions, "title" | "description" | "queries">,
) {
  const targets = queries.map((query, index): Target => ({ refId: toLetter(index), ...query }));
  return { type, title, description, datasource: datasourceOf(targets), targets };
}

function datasourceOf([first]: readonly Target[]) {
  return first?.datasource ?? chosen("prometheus" satisfies DatasourceType);
}

function toLetter(index: number): string {
  return String.fromCharCode(65 + index);
}

function toSteps(limit: StaticLimit | undefined): Threshold[] {
  if (limit === undefined) return [{ color: "green", value: null }];
  const [below, above] = limit.bound === "max" ? ["green", "red"] : ["red", "green"];
  return [
    { color: below, value: null },
    { color: above, value: limit.limit },
  ];
}

function toColumnOverride({ name, unit, limit }: Column): Override {
  const coloured = [
    { id: "thresholds", value: { mode: "absolute", steps: toSteps(limit) } },
    { id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } },
  ];
  return {
    matcher: { id: "byName", options: name },
    properties: [{ id: "unit", value: units[unit] }, ...(limit === undefined ? [] : coloured)],
  };
}

/** Limits that differ from subject to subject are series of their own, called `limit ...`. */
const limitLine: Override = {
  matcher: { id: "byRegexp", options: "/^limit/" },
  properties: [
    { id: "color", value: { mode: "fixed", fixedColor: "red" } },
    { id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } },
    { id: "custom.fillOpacity", value: 0 },
    { id: "custom.stacking", value: { mode: "none", group: "A" } },
  ],
};
