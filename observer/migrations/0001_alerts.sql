-- Up Migration

-- The newest state of every alert. `revision` grows with every change: the greater one is the newer, whatever order rows arrive in.
create table observer.alerts (
  fingerprint        text primary key check (fingerprint ~ '^[0-9a-f]{16}$'),
  rule               text not null,
  environment        text not null,
  namespace          text not null,
  service            text not null,
  endpoint           text,
  severity           text not null check (severity in ('info', 'warning', 'critical')),
  state              text not null check (state in ('inactive', 'pending', 'firing', 'recovering', 'resolved', 'noData', 'error')),
  observed           double precision,
  limit_value        double precision not null,
  unit               text not null,
  since              timestamptz(3) not null,
  pending_since      timestamptz(3),
  fired_at           timestamptz(3),
  resolved_at        timestamptz(3),
  reason             text,
  findings           jsonb not null default '[]',
  trace_ids          text[] not null default '{}',
  revision           bigint not null,
  configuration_hash text not null
);
create index alerts_newest on observer.alerts (since desc, fingerprint) where state <> 'inactive';
create index alerts_service on observer.alerts (service, since desc);

-- Every change of state ever decided. Rows are added and, by age, removed; none is changed.
create table observer.transitions (
  id                 uuid primary key,
  fingerprint        text not null,
  from_state         text not null,
  to_state           text not null,
  at                 timestamptz(3) not null,
  rule               text not null,
  service            text not null,
  endpoint           text,
  severity           text not null,
  observed           double precision,
  limit_value        double precision not null,
  unit               text not null,
  revision           bigint not null,
  configuration_hash text not null,
  source             text not null,
  alert              jsonb not null
);
create index transitions_fingerprint on observer.transitions (fingerprint, revision desc);
create index transitions_at on observer.transitions (at desc, id);

create function observer.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger transitions_are_kept before update on observer.transitions
  for each statement execute function observer.refuse_change();

-- One row for a message and a receiver. `pending` ones belong to the observer in `claimed_by` until `claimed_until`.
create table observer.deliveries (
  notification_id uuid not null,
  receiver        text not null,
  kind            text not null,
  status          text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
  planned_at      timestamptz(3) not null,
  finished_at     timestamptz(3),
  attempts        integer not null default 0 check (attempts >= 0),
  error           text,
  claimed_by      text not null,
  claimed_until   timestamptz(3) not null,
  notification    jsonb not null,
  primary key (notification_id, receiver)
);
create index deliveries_pending on observer.deliveries (planned_at) where status = 'pending';
create index deliveries_planned_at on observer.deliveries (planned_at desc);

create table observer.silences (
  id         uuid primary key,
  matchers   jsonb not null,
  starts_at  timestamptz(3) not null,
  ends_at    timestamptz(3) not null check (ends_at >= starts_at),
  created_by text not null,
  comment    text not null,
  updated_at timestamptz(3) not null
);
create index silences_ends_at on observer.silences (ends_at);
