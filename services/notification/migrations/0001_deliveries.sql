-- Up Migration

-- Mails on their way, each to one receiver. States: queued -> sending -> sent | failed -> sending ... -> dead.
create table deliveries (
  id              uuid primary key default uuidv7(),
  -- What it tells of: the id of the event. One mail for each event and receiver, however often the event comes.
  source_id       uuid not null,
  recipient       text not null,
  kind            text not null check (kind in ('alert', 'order')),
  message_id      text not null,
  -- Mails of one story have the same; mail programs show them together.
  thread_id       text not null,
  subject         text not null,
  body_text       text not null,
  body_html       text not null,
  state           text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'failed', 'dead')),
  attempts        integer not null default 0,
  -- When it may be taken next. For one that is being sent: when its sender counts as gone.
  next_attempt_at timestamptz not null default now(),
  last_error      text,
  -- Trace context of what caused it.
  headers         jsonb not null default '{}',
  created_at      timestamptz not null default now(),
  sent_at         timestamptz,
  unique (source_id, recipient)
);
-- Alerts go before orders, then who has waited longest.
create index deliveries_due on deliveries ((kind <> 'alert'), next_attempt_at) where state in ('queued', 'failed', 'sending');
create index deliveries_done on deliveries (created_at) where state in ('sent', 'dead');

create function notify_deliveries() returns trigger language plpgsql as $$
begin
  perform pg_notify('deliveries_' || tg_table_schema, '');
  return null;
end
$$;
create trigger deliveries_queued after insert on deliveries for each statement execute function notify_deliveries();

-- Down Migration

drop table deliveries;
drop function notify_deliveries();
