/** The parts of Grafana's classic dashboard JSON (schema version 42) that our dashboards use. */

export type DatasourceType = "prometheus" | "influxdb" | "loki" | "jaeger" | "alertmanager";

export type DatasourceRef = { readonly type: DatasourceType; readonly uid: string };

export type PrometheusTarget = {
  readonly refId: string;
  readonly datasource: DatasourceRef;
  readonly expr: string;
  readonly legendFormat: string;
  readonly editorMode: "code";
  readonly range: boolean;
  readonly instant: boolean;
  readonly format: "time_series" | "table";
  readonly exemplar?: boolean;
};

export type FluxTarget = {
  readonly refId: string;
  readonly datasource: DatasourceRef;
  readonly query: string;
};

export type LokiTarget = {
  readonly refId: string;
  readonly datasource: DatasourceRef;
  readonly expr: string;
  readonly queryType: "range";
  readonly maxLines: number;
};

export type JaegerTarget = {
  readonly refId: string;
  readonly datasource: DatasourceRef;
  readonly queryType: "search";
  readonly service: string;
  readonly operation?: string;
  readonly minDuration?: string;
  readonly limit: number;
};

export type Target = PrometheusTarget | FluxTarget | LokiTarget | JaegerTarget;

export type Link = {
  readonly title: string;
  readonly url: string;
  readonly targetBlank?: boolean;
};

export type Threshold = { readonly color: string; readonly value: number | null };

export type Override = {
  readonly matcher: { readonly id: "byName" | "byRegexp" | "byFrameRefID"; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
};

export type FieldConfig = {
  readonly defaults: {
    readonly unit?: string;
    readonly min?: number;
    readonly max?: number;
    readonly decimals?: number;
    readonly displayName?: string;
    readonly thresholds: { readonly mode: "absolute"; readonly steps: readonly Threshold[] };
    readonly color?: { readonly mode: string };
    readonly links?: readonly Link[];
    readonly custom?: Readonly<Record<string, unknown>>;
  };
  readonly overrides: readonly Override[];
};

export type Panel = {
  readonly type: "timeseries" | "stat" | "table" | "logs" | "row";
  readonly title: string;
  readonly description?: string;
  readonly datasource?: DatasourceRef;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: FieldConfig;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly transformations?: readonly { readonly id: string; readonly options: unknown }[];
};

export type PlacedPanel = Panel & {
  readonly id: number;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly collapsed?: false;
  readonly panels?: readonly [];
};

export type Variable = { readonly name: string; readonly type: string } & Readonly<Record<string, unknown>>;

export type Annotation = { readonly name: string } & Readonly<Record<string, unknown>>;

export type Dashboard = {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly panels: readonly PlacedPanel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly Annotation[] };
} & Readonly<Record<string, unknown>>;
