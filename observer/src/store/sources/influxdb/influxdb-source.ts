import { HttpError, InfluxDB, type QueryApi } from "@influxdata/influxdb-client";
import { getSignal, type SignalName } from "../../../signals/catalogue.ts";
import { LayoutRegistry } from "../../windows/histogram-layout.ts";
import type { Ask } from "../guard-reads.ts";
import { SignalSourceError, toShownUrl } from "../signal-source-error.ts";
import { createIntervalBook, type IntervalBook } from "../slow-services.ts";
import { quoteFlux } from "./flux.ts";
import { type FluxRow, readSeries } from "./read-series.ts";
import { listHeard, readStoredSignal } from "./read-stored-signal.ts";
import { type FluxPart, fluxParts, toFlux } from "./to-flux.ts";

export interface InfluxdbOptions {
  readonly url: string;
  readonly organisation: string;
  readonly bucket: string;
  /** Needs to read the bucket and nothing else. */
  readonly token: string;
}

/** Rows of an answer: 10,000 routes of two instances with 16 buckets take 1.3 million. */
const rowsMax = 2_000_000;

/** Reads signals from InfluxDB 2, filled by the collector. One query for a signal and a window, whatever the number of subjects. */
export function createInfluxdbAsk(options: InfluxdbOptions): Ask {
  const { bucket } = options;
  const layouts = new LayoutRegistry();
  const intervals = new Map<SignalName, IntervalBook>();
  return async (name, windowSeconds, atMs, deadline) => {
    const signal = getSignal(name);
    const book = intervals.get(name) ?? createIntervalBook();
    intervals.set(name, book);
    const slow = book.slowFor(windowSeconds);
    const { query, windows } = toFlux(signal, { bucket, atMs, windowSeconds, slow });
    const rows = await queryInfluxdb(options, query, deadline);
    const stored = readSeries(rows, windows, atMs);
    book.note(listHeard(stored));
    return readStoredSignal(signal, stored, layouts);
  };
}

/**
 * Asks for nothing, as every read would ask.
 *
 * @throws SignalSourceError with what is wrong: address, token, organisation or bucket
 */
export async function checkInfluxdb(options: InfluxdbOptions, deadline: AbortSignal): Promise<void> {
  const nothing = `from(bucket: ${quoteFlux(options.bucket)}) |> range(start: -1s) |> limit(n: 1) |> drop(columns: ["_value"])`;
  await queryInfluxdb(options, nothing, deadline);
}

/** @throws SignalSourceError for everything but a whole answer */
async function queryInfluxdb(
  options: InfluxdbOptions,
  query: string,
  deadline: AbortSignal,
): Promise<FluxRow[]> {
  const { url, token, organisation } = options;
  const api = new InfluxDB({ url, token, timeout: 120_000 }).getQueryApi(organisation);
  try {
    return await collectRows(api, query, deadline);
  } catch (error) {
    if (deadline.aborted || error instanceof SignalSourceError) throw error;
    throw toSourceError(error, options);
  }
}

function collectRows(api: QueryApi, query: string, deadline: AbortSignal): Promise<FluxRow[]> {
  return new Promise((resolve, reject) => {
    const rows: FluxRow[] = [];
    api.queryRows(query, {
      useCancellable: (cancellable) =>
        deadline.addEventListener("abort", () => {
          // The client takes a cancelled answer for a whole one: what is first is what counts.
          reject(deadline.reason);
          cancellable.cancel();
        }),
      next: (values, table) => {
        const failure = readFailure(values, table.columns);
        if (failure !== undefined) return reject(new Error(failure));
        const row = toRow(values, table.columns);
        if (row !== undefined) rows.push(row);
        if (rows.length > rowsMax) reject(tooMany());
      },
      error: reject,
      complete: () => resolve(rows),
    });
  });
}

function tooMany(): SignalSourceError {
  const message = `InfluxDB answered with more than ${rowsMax} rows. There are too many routes; look for ids in http.route.`;
  return new SignalSourceError("source.broken_answer", message);
}

type Columns = readonly { readonly label: string; readonly index: number; readonly defaultValue: string }[];

/** What went wrong after the answer had begun: InfluxDB says it in a table of its own, under a status of 200. */
function readFailure(values: readonly string[], columns: Columns): string | undefined {
  if (columns.some(({ label }) => label === "_value")) return undefined;
  const column = columns.find(({ label }) => label === "error");
  return column && (values[column.index] || "it broke off without a reason");
}

/** Columns of an answer that are no tags. */
const ownColumns = new Set([
  "result",
  "table",
  "_start",
  "_stop",
  "_time",
  "_value",
  "_field",
  "_measurement",
]);

function toRow(values: readonly string[], columns: Columns): FluxRow | undefined {
  const own: Record<string, string> = {};
  const tags: Record<string, string> = {};
  for (const { label, index, defaultValue } of columns) {
    const text = values[index] || defaultValue;
    if (ownColumns.has(label)) own[label] = text;
    else if (text !== "") tags[label] = text;
  }
  const [group = "", part = ""] = (own.result ?? "").split(".");
  const value = Number(own._value);
  if (!fluxParts.includes(part as FluxPart) || !Number.isFinite(value) || own._value === "") return undefined;
  return {
    part: part as FluxPart,
    group: Number(group),
    measurement: own._measurement ?? "",
    field: own._field ?? "",
    timeMs: own._time === undefined ? undefined : Date.parse(own._time),
    value,
    tags,
  };
}

function toSourceError(error: unknown, { url, organisation, bucket }: InfluxdbOptions): SignalSourceError {
  const shown = `InfluxDB at ${toShownUrl(url)}`;
  if (!(error instanceof HttpError)) {
    const reason = error instanceof Error ? error.message : String(error);
    const isNetwork = error instanceof Error && "code" in error;
    return isNetwork
      ? new SignalSourceError(
          "source.unreachable",
          `${shown} cannot be reached: ${reason}. Start it, or set INFLUXDB_URL.`,
          { cause: error },
        )
      : new SignalSourceError("source.broken_answer", `${shown} gave no whole answer: ${reason}.`, {
          cause: error,
        });
  }
  const said = `${shown} answered ${error.statusCode}: ${(error.message || error.body || "").slice(0, 300)}`;
  if (error.statusCode === 401 || error.statusCode === 403)
    return new SignalSourceError(
      "source.unauthorized",
      `${said}. Check INFLUXDB_TOKEN: it must be allowed to read ${bucket}.`,
    );
  if (error.statusCode === 404)
    return new SignalSourceError(
      "source.not_found",
      `${said}. Check INFLUXDB_ORG (${organisation}) and INFLUXDB_BUCKET (${bucket}).`,
    );
  if (error.statusCode === 429 || error.statusCode >= 502)
    return new SignalSourceError("source.busy", `${said}. It is asked again.`);
  return new SignalSourceError("source.refused", `${said}.`);
}
