import { sqlTokens } from "@kontor/observer/diagnosis/sql-tokens";
import { createStatementReader, toStatement } from "@kontor/observer/diagnosis/statement";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const same = (name: string, ...texts: string[]) =>
  it(`gives one text for ${name}`, () => {
    const [first, ...others] = texts.map((text) => toStatement(text).text);
    for (const other of others) expect(other).toBe(first);
  });

describe("the text of a statement", () => {
  same(
    "white space and case",
    "SELECT id\n\tFROM Orders  WHERE id = $1",
    "select id from orders where id=$1",
  );
  same(
    "lists after IN",
    "select * from o where id in ($1)",
    "select * from o where id IN ($1, $2,$3)",
    "select * from o where id in (1,-2,3)",
  );
  same(
    "rows after VALUES",
    "insert into o (a,b) values ($1,$2)",
    "insert into o (a, b) VALUES ($1,$2), ($3,$4),($5 , $6)",
  );
  same(
    "lists with casts, and lists of keys of several columns",
    "select * from o where (a, b) in (($1::uuid, $2))",
    "select * from o where (a, b) in (($1, $2), ($3, null))",
  );
  same(
    "rows whose values are words",
    "insert into o (a, b) values (1, null)",
    "insert into o (a, b) values ($1::int, true), (default, -2)",
  );
  same(
    "array constructors",
    "select * from o where id = any(array[1,2])",
    "select * from o where id = any(ARRAY[3])",
  );
  same(
    "comments",
    "select a from o -- by id 7\n where b = 1",
    "/* trace=4711 */ select a from o where b = 2",
  );
  same(
    "literals and placeholders",
    "select a from o where b = 'x''y' and c = 1.5e3",
    "select a from o where b = ? and c = :c",
    "select a from o where b = %s and c = @p1",
    "select a from o where b = %(b)s and c = $tag$it's$tag$",
  );
  same(
    "signs of numbers",
    "select a from o where b = -1 and c > -2",
    "select a from o where b = 1 and c > 2",
  );
  same("a semicolon at the end", "select 1 from o;", "select 1 from o ; ");

  it("keeps what makes statements different", () => {
    const texts = [
      "select a from o",
      "select b from o",
      'select a from "O"',
      "select a from o where b is null",
      "select a from o where b = 1",
    ];
    expect(new Set(texts.map((text) => toStatement(text).text)).size).toBe(texts.length);
  });

  it("is written as people write SQL", () => {
    expect(
      toStatement(
        'SELECT o.id, count(*) FROM "Orders" o WHERE o.customer_id=$1 AND o.x::text IN ($2,$3) GROUP BY o.id',
      ).text,
    ).toBe(
      'select o.id, count(*) from "Orders" o where o.customer_id = ? and o.x::text in (...) group by o.id',
    );
  });

  // Red when: sqlTokens looks for the end of an open quote or comment from each of its characters.
  it("is read in linear time, whatever the text, and never throws", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."'\"`$a1 -/*(),;%:@?[]\n"), maxLength: 400 }),
        (text) => {
          const { text: normalised } = toStatement(text);
          expect(typeof normalised).toBe("string");
        },
      ),
    );
    for (const part of ["/*", "'", "$a$", "(", "values (?),", "--", "in (?,"]) sqlTokens(part.repeat(10_000));
    for (const part of ["/*", "'", "$a$", "(", "values (?),", "--", "in (?,"])
      toStatement(part.repeat(10_000));
  });

  it("is the same when it is read again", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          "select a from o where b in (1,2)",
          "insert into o values (1,2),(3,4)",
          "update o set a = -1",
        ),
        (sql) => {
          const { text } = toStatement(sql);
          expect(toStatement(text).kind).toBe(toStatement(sql).kind);
        },
      ),
    );
  });
});

describe("the kind of a statement", () => {
  it.each([
    ["select a from o where id = $1", "read"],
    ["with x as (select 1 from y) select * from x", "read"],
    ["with x as (insert into y values (1) returning id) select * from x", "write"],
    ["select a from o where id = $1 for update", "lock"],
    ["select a from o for no key update skip locked", "lock"],
    ["select nextval('s')", "other"],
    ["select pg_advisory_xact_lock($1)", "other"],
    ["INSERT INTO o VALUES ($1)", "write"],
    ["update o set a = 1", "write"],
    ["BEGIN", "control"],
    ["commit", "control"],
    ["ROLLBACK TO SAVEPOINT a", "control"],
    ["set local statement_timeout = 5", "control"],
    ["select 1", "control"],
    ["select 1 from dual", "control"],
    ["select order_seq.nextval from dual", "other"],
    ["select * from o with (updlock) where id = @p0", "lock"],
    ["set nocount on; insert into o (a) values (@p0); select id from o where id = scope_identity()", "write"],
    ["set search_path to a; select b from o", "read"],
  ])("%s is %s", (sql, kind) => expect(toStatement(sql).kind).toBe(kind));

  it.each([
    ["select * from o where id > $1 order by id limit $2", true],
    ["select * from o order by id limit 50 offset 100", true],
    ["select * from prices where item = $1 and valid_from <= $2 order by valid_from desc limit 1", false],
    ["select * from o where id = $1 limit 1", false],
    ["select * from o limit 100 offset 200", true],
    ["select * from o order by id limit ?, ?", true],
    ["select top 100 * from o where id > @last order by id", true],
    ["select * from o where (a, id) > ($1, $2) order by a, id limit 9", true],
    [
      "select * from (select o.*, row_number() over (order by id) rn from o) x where rn > ? and rn <= ?",
      true,
    ],
    // What a look-up of one row may have, and a page has too.
    ["select * from tokens where user_id = $1 and expires_at > now() order by id limit 1", false],
    ["select * from tokens where user_id = $1 and expires_at > $2 order by id limit 1", false],
    ['select * from "User" where ("User"."id" = $1 and 1=1) limit $2 offset $3', false],
  ])("%s reads pages: %s", (sql, paging) => expect(toStatement(sql).paging).toBe(paging));

  it("names verb and first table, and the column a batch would go by", () => {
    expect(toStatement('select * from erp."order_lines" l where l.order_id = $1')).toMatchObject({
      summary: "SELECT order_lines",
      batchColumn: "l.order_id",
    });
    expect(toStatement("select 1 from a where b = $1 and c = $2").batchColumn).toBeUndefined();
    expect(
      toStatement(
        "select i.id, (select sum(q) from moves m where m.kind = 'in' and m.item_id = i.id) from erp.items i where i.id = $1",
      ),
    ).toMatchObject({ summary: "SELECT items", batchColumn: "i.id" });
    expect(toStatement("select [c].[Id] from [dbo].[Customers] as [c]").summary).toBe("SELECT customers");
    expect(toStatement("update stock set q = q - 1").summary).toBe("UPDATE stock");
  });
});

it("the reader answers as toStatement does, and forgets rather than grows", () => {
  const read = createStatementReader();
  const first = read("select 1 from a");
  expect(read("select 1 from a")).toBe(first);
  for (let i = 0; i < 6_000; i += 1) read(`select ${i} from t${i}`);
  expect(read("select 1 from a")).toEqual(first);
});
