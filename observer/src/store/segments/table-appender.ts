import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";

const rowsPerChunk = 2048;

/**
 * Appends rows to a table in chunks of columns, which costs a third of appending them value by value. What was added is in the
 * transaction only after `flush`.
 */
export class TableAppender implements Disposable {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  readonly #columns: DuckDBValue[][];
  #rows = 0;

  private constructor(appender: DuckDBAppender, types: readonly DuckDBType[]) {
    this.#appender = appender;
    this.#chunk = DuckDBDataChunk.create(types);
    this.#columns = types.map(() => new Array<DuckDBValue>(rowsPerChunk).fill(null));
  }

  static async open(
    connection: DuckDBConnection,
    table: { readonly name: string; readonly types: readonly DuckDBType[] },
    catalog: string,
  ): Promise<TableAppender> {
    return new TableAppender(await connection.createAppender(table.name, "main", catalog), table.types);
  }

  /** @param values one per column, in the table's order */
  add(...values: DuckDBValue[]): void {
    const row = this.#rows++;
    for (let column = 0; column < values.length; column++) {
      (this.#columns[column] as DuckDBValue[])[row] = values[column] as DuckDBValue;
    }
    if (this.#rows === rowsPerChunk) this.#send();
  }

  flush(): void {
    if (this.#rows > 0) this.#send();
    this.#appender.flushSync();
  }

  [Symbol.dispose](): void {
    this.#appender.closeSync();
  }

  #send(): void {
    const count = this.#rows;
    this.#rows = 0;
    this.#chunk.reset();
    this.#chunk.rowCount = count;
    for (const [index, column] of this.#columns.entries()) {
      this.#chunk.setColumnValues(index, count === rowsPerChunk ? column : column.slice(0, count));
    }
    this.#appender.appendDataChunk(this.#chunk);
  }
}
