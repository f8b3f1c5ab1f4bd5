-- Up Migration

-- Numbers come from the database, so any number of instances may place orders. Gaps are allowed (a rollback leaves one).
create sequence core_erp.order_number_sequence;

create function core_erp.next_order_number() returns text
  language sql volatile
  as $$ select 'SO-' || lpad(n, greatest(8, length(n)), '0')
          from (select nextval('core_erp.order_number_sequence')::text as n) as next $$;

-- Which status may follow which is decided in orders.logic.ts; a new status is a row there and a word here.
create table core_erp.orders (
  id            uuid primary key default uuidv7(),
  number        text not null constraint orders_number_unique unique default core_erp.next_order_number(),
  customer_id   uuid not null references core_erp.customers (id),
  status        text not null default 'placed' check (status in ('placed', 'confirmed', 'cancelled')),
  currency      text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
  total_cents   bigint not null check (total_cents >= 0),
  placed_by     text not null,
  placed_at     timestamptz(3) not null default now(),
  confirmed_at  timestamptz(3),
  cancelled_at  timestamptz(3),
  cancel_reason text check (length(cancel_reason) <= 500),
  check (status <> 'confirmed' or confirmed_at is not null),
  check ((status = 'cancelled') = (cancelled_at is not null))
);
-- One index per way a page is read. Milliseconds (timestamptz(3)) so that a cursor survives a JavaScript Date.
create index orders_placed_at on core_erp.orders (placed_at desc, id desc);
create index orders_status_placed_at on core_erp.orders (status, placed_at desc, id desc);
create index orders_customer_placed_at on core_erp.orders (customer_id, placed_at desc, id desc);

create table core_erp.order_lines (
  order_id         uuid not null references core_erp.orders (id),
  line_number      integer not null check (line_number >= 1),
  item_id          uuid not null references core_erp.items (id),
  quantity         bigint not null check (quantity between 1 and 1000000000),
  unit_price_cents bigint not null check (unit_price_cents >= 0),
  primary key (order_id, line_number)
);
create index order_lines_item on core_erp.order_lines (item_id);

-- The answer given to a caller's key, written in the transaction that did the work.
create table core_erp.idempotency_keys (
  caller_id    text not null,
  operation    text not null,
  key          text not null check (length(key) between 1 and 255),
  request_hash text not null,
  answer       json,
  created_at   timestamptz(3) not null default now(),
  primary key (caller_id, operation, key)
);
create index idempotency_keys_created_at on core_erp.idempotency_keys (created_at);

-- Down Migration

drop table core_erp.idempotency_keys;
drop table core_erp.order_lines;
drop table core_erp.orders;
drop function core_erp.next_order_number();
drop sequence core_erp.order_number_sequence;
