import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactSql, toSqlDialect } from "../../src/ingest/redact-sql.ts";
import { redactStatement } from "../../src/ingest/redact-statement.ts";

const postgres = toSqlDialect("postgresql");
const mysql = toSqlDialect("mysql");
const unknown = toSqlDialect(undefined);

describe("redactSql", () => {
  it.each([
    ["a string", "select * from t where name = 'O''Brien'", "select * from t where name = ?", ["'O''Brien'"]],
    [
      "numbers",
      "where a = 5 and b = 1.5e-3 or c = .5",
      "where a = ? and b = ? or c = ?",
      ["5", "1.5e-3", ".5"],
    ],
    ["hex", "where a = 0x1F and b = X'ab'", "where a = ? and b = ?", ["0x1F", "X'ab'"]],
    ["an escape string", "where a = E'it\\'s' and b = 2", "where a = ? and b = ?", ["E'it\\'s'", "2"]],
    [
      "a dollar-quoted text",
      "do $body$ select 'x' $body$ ; select 1",
      "do ? ; select ?",
      ["$body$ select 'x' $body$", "1"],
    ],
    ["a bare dollar-quoted text", "select $$it's$$", "select ?", ["$$it's$$"]],
    ["a line comment", "select a -- user 42\nfrom t", "select a \nfrom t", []],
    ["nested comments", "select /* a /* 'b' */ c */ d from t", "select  d from t", []],
    [
      "a list after IN",
      "where id in (1, 2,3) and x IN ($1, $2)",
      "where id in (?) and x IN (?)",
      ["1", "2", "3"],
    ],
    [
      "rows after VALUES",
      "insert into t values (1,'a'),(2,'b')",
      "insert into t VALUES (?,?)",
      ["1", "'a'", "2", "'b'"],
    ],
    ["a placeholder", "where a = $1 and b = :name and c = ? and d = @p1", undefined, []],
    ["digits inside names", "select col1 from table_2 t1 where v$session = t1.x2", undefined, []],
    ["a quoted name", 'select "Order 1" from "t""x"', undefined, []],
    ["a cast", "select $1::int4, a::numeric", undefined, []],
    ["a sign in front of a number", "where a = -5", "where a = -?", ["5"]],
    ["an open string", "select 'secret and more", "select ?", ["'secret and more"]],
    ["an open comment", "select a /* secret", "select a ", []],
    ["a typed literal", "where d > DATE '2020-01-01'", "where d > DATE ?", ["'2020-01-01'"]],
  ] as const)("takes care of %s", (_, given, wanted, literals) => {
    expect(redactSql(given, postgres)).toMatchObject({ text: wanted ?? given, literals });
  });

  it("gives a statement without literals back as the same string", () => {
    const text = "select id from orders where customer_id = $1 order by placed_at";
    expect(redactSql(text, postgres).text).toBe(text);
  });

  it("reads double quotes and backslashes as MySQL does", () => {
    expect(redactSql('where a = "it\\"s" and `col 1` = 2 # tail', mysql).text).toBe(
      "where a = ? and `col 1` = ? ",
    );
  });

  // Red when: an unknown dialect is read as one of those in which a backslash is an ordinary character.
  it("cuts the rest where a backslash cannot be told from an escape", () => {
    expect(redactSql("where a = 'x\\' and b = 'secret'", unknown).text).toBe("where a = ?");
  });

  // Red when: any quoting rule lets one character of a literal through.
  it("never lets a literal through, whatever surrounds it", () => {
    const secret = "zqSecretqz";
    const noise = fc.constantFrom(
      "select ",
      "a",
      "1",
      "''",
      '"b"',
      " ",
      "(",
      ")",
      ",",
      "$1",
      "--x\n",
      "/*y*/",
      "::",
      "in",
      "\n",
      "`c`",
      "E",
    );
    const literal = fc.constantFrom(
      ...[
        `'${secret}'`,
        `'${secret}''${secret}'`,
        `$$${secret}$$`,
        `$t$${secret}$t$`,
        `E'\\'${secret}'`,
        `N'${secret}'`,
      ],
      ...[`/*${secret}*/`, `--${secret}\n`, `'${secret}`],
    );
    fc.assert(
      fc.property(
        fc.array(noise, { maxLength: 12 }),
        literal,
        fc.array(noise, { maxLength: 12 }),
        (before, quoted, after) => {
          // A dollar right behind a word belongs to the word, and a quote behind a quote to its text: both as in PostgreSQL.
          const statement = `${before.join("")} ${quoted} ${after.join("")}`;
          expect(redactSql(statement, postgres).text).not.toContain(secret);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("ends on any text, in time that grows with its length", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        for (const dialect of [postgres, mysql, unknown]) redactSql(text, dialect);
      }),
      { numRuns: 1000 },
    );
    for (const piece of ["in (", "values (?),", "/*", "'\\", "$a", "?,", "1e"]) {
      expect(() => redactSql(piece.repeat(20_000), postgres)).not.toThrow();
    }
  });

  it("takes nothing more out of what it has redacted", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const once = redactSql(text, postgres).text;
        expect(redactSql(once, postgres).literals).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("redactStatement", () => {
  it.each([
    ["redis", "SET session:42 abc", "SET ?"],
    ["redis", "PING", "PING"],
    [
      "mongodb",
      '{"find":"users","filter":{"mail":"a@b.c","age":{"$gt":30}}}',
      '{"find":"?","filter":{"mail":"?","age":{"$gt":"?"}}}',
    ],
    ["elasticsearch", '{"query":{"match":{"name":"Ann', '{"query":{"match":{"name":"?"'],
    ["elasticsearch", "GET /orders", "GET /orders"],
    ["microsoft.sql_server", "select [a] from t where b = N'x'", "select [a] from t where b = ?"],
  ])("speaks %s", (system, given, wanted) => {
    expect(redactStatement(given, system).text).toBe(wanted);
  });
});
