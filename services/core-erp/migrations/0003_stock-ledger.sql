-- Up Migration

-- The balance is derived from the ledger: only the ledger's trigger writes it, and it can never promise what is not there.
create table core_erp.stock_balances (
  item_id       uuid primary key references core_erp.items (id),
  on_hand       bigint not null default 0,
  reserved      bigint not null default 0,
  last_sequence bigint not null default 0,
  updated_at    timestamptz(3) not null default now(),
  constraint stock_balances_reserved_not_negative check (reserved >= 0),
  constraint stock_balances_available_not_negative check (on_hand - reserved >= 0)
) with (fillfactor = 50);

-- Append only. `sequence` counts per item without gaps; the balance after each movement makes any tampering visible.
create table core_erp.stock_movements (
  item_id        uuid not null references core_erp.stock_balances (item_id),
  sequence       bigint not null,
  kind           text not null check (kind in ('receipt', 'reservation', 'release', 'issue', 'adjustment')),
  quantity       bigint not null check (quantity <> 0 and abs(quantity) <= 1000000000),
  on_hand_after  bigint not null,
  reserved_after bigint not null,
  order_id       uuid,
  line_number    integer,
  note           text check (length(note) <= 500),
  caused_by      text not null,
  created_at     timestamptz(3) not null default now(),
  primary key (item_id, sequence),
  foreign key (order_id, line_number) references core_erp.order_lines (order_id, line_number),
  constraint stock_movements_sign check (kind = 'adjustment' or quantity > 0),
  constraint stock_movements_order check (
    (kind in ('reservation', 'release', 'issue')) = (order_id is not null and line_number is not null))
);
create index stock_movements_order_line on core_erp.stock_movements (order_id, line_number) where order_id is not null;

create function core_erp.apply_stock_movement() returns trigger language plpgsql as $$
begin
  update core_erp.stock_balances
     set on_hand = on_hand + case new.kind when 'receipt' then new.quantity when 'adjustment' then new.quantity
                                           when 'issue' then -new.quantity else 0 end,
         reserved = reserved + case new.kind when 'reservation' then new.quantity when 'release' then -new.quantity
                                             when 'issue' then -new.quantity else 0 end,
         last_sequence = last_sequence + 1,
         updated_at = now()
   where item_id = new.item_id
  returning last_sequence, on_hand, reserved into new.sequence, new.on_hand_after, new.reserved_after;
  if not found then
    raise foreign_key_violation using message = format('item %s has no stock balance', new.item_id);
  end if;
  return new;
end $$;
create trigger apply_stock_movement before insert on core_erp.stock_movements
  for each row execute function core_erp.apply_stock_movement();

create function core_erp.refuse_change() returns trigger language plpgsql as $$
begin
  raise restrict_violation using
    message = format('%s of %s.%s is refused: %s', lower(tg_op), tg_table_schema, tg_table_name, tg_argv[0]);
end $$;
create trigger stock_movements_append_only before update or delete or truncate on core_erp.stock_movements
  for each statement execute function core_erp.refuse_change('the ledger is append only');

-- Depth 0 is a statement of a client; a balance is born with its item and moves with the ledger, both at depth 1.
create trigger stock_balances_follow_ledger before insert or update or delete or truncate on core_erp.stock_balances
  for each statement when (pg_trigger_depth() = 0)
  execute function core_erp.refuse_change('balances follow stock_movements');

create function core_erp.open_stock_balance() returns trigger language plpgsql as $$
begin
  insert into core_erp.stock_balances (item_id) values (new.id);
  return null;
end $$;
create trigger open_stock_balance after insert on core_erp.items
  for each row execute function core_erp.open_stock_balance();

-- Down Migration

drop trigger open_stock_balance on core_erp.items;
drop function core_erp.open_stock_balance();
drop table core_erp.stock_movements;
drop table core_erp.stock_balances;
drop function core_erp.apply_stock_movement();
drop function core_erp.refuse_change();
