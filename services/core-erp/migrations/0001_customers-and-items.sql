-- Up Migration

-- A text as its words, so that "KT-0042", "Müller/Söhne" and "a.b@c" split alike in what is stored and what is asked.
create function core_erp.search_words(text) returns text
  language sql immutable strict parallel safe
  return trim(regexp_replace($1 collate pg_c_utf8, '[^[:alnum:]]+', ' ', 'g'));

create function core_erp.to_search(text) returns tsvector
  language sql immutable strict parallel safe
  return to_tsvector('simple'::regconfig, core_erp.search_words($1));

-- Every word must begin a word of the text; a text without a letter or digit asks for nothing and finds nothing.
create function core_erp.to_prefix_query(text) returns tsquery
  language sql immutable strict parallel safe
  return to_tsquery('simple'::regconfig, replace(nullif(core_erp.search_words($1), ''), ' ', ':* & ') || ':*');

create table core_erp.customers (
  id         uuid primary key default uuidv7(),
  name       text not null check (length(name) between 1 and 200),
  email      text not null check (length(email) between 3 and 320),
  created_at timestamptz(3) not null default now(),
  search     tsvector not null generated always as (core_erp.to_search(name)) stored
);
create index customers_name on core_erp.customers (name, id);
-- Written rarely and read often: no list of pending entries that every search would have to read.
create index customers_search on core_erp.customers using gin (search) with (fastupdate = off);

create table core_erp.items (
  id          uuid primary key default uuidv7(),
  sku         text not null constraint items_sku_unique unique check (sku ~ '^[A-Z0-9][A-Z0-9._-]{0,63}$'),
  name        text not null check (length(name) between 1 and 200),
  price_cents bigint not null check (price_cents between 0 and 1000000000),
  created_at  timestamptz(3) not null default now(),
  search      tsvector not null generated always as (core_erp.to_search(sku || ' ' || name)) stored
);
create index items_search on core_erp.items using gin (search) with (fastupdate = off);

-- Down Migration

drop table core_erp.items;
drop table core_erp.customers;
drop function core_erp.to_prefix_query(text);
drop function core_erp.to_search(text);
drop function core_erp.search_words(text);
