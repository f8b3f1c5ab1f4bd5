-- Events written in the same transaction as the change they tell of, until the relay has handed them to the bus.
create table outbox (
  position bigint generated always as identity primary key,
  id uuid not null unique,
  name text not null,
  version smallint not null,
  ordering_key text not null,
  occurred_at timestamptz not null,
  payload jsonb not null,
  headers jsonb not null
);

-- The inbox: an event is taken once by each consumer, whatever the bus repeats.
create table consumed_events (
  consumer text not null,
  event_id uuid not null,
  consumed_at timestamptz not null default now(),
  primary key (consumer, event_id)
);
create index consumed_events_consumed_at on consumed_events using brin (consumed_at);

-- One wake-up per committed transaction (PostgreSQL folds equal notifications), so the relay need not poll fast.
create function notify_outbox() returns trigger language plpgsql as $$
begin
  perform pg_notify('outbox_' || tg_table_schema, '');
  return null;
end
$$;
create trigger outbox_appended after insert on outbox for each statement execute function notify_outbox();
