-- Up Migration

-- The in-app inbox. A notification is for everybody of some roles, or for one user.
create table notifications (
  id          uuid primary key default uuidv7(),
  source_id   uuid not null unique,
  roles       text[] not null default '{}',
  user_id     text,
  kind        text not null check (kind in ('alert', 'order')),
  severity    text not null check (severity in ('critical', 'warning', 'info', 'good')),
  -- What later news belong to: the fingerprint of the alert.
  thread_id   text not null,
  title       text not null,
  body        text not null,
  url         text,
  created_at  timestamptz(3) not null default now(),
  check (cardinality(roles) > 0 or user_id is not null)
);
create index notifications_newest on notifications (created_at desc, id desc);
create index notifications_thread on notifications (thread_id, created_at desc);

-- Who has read what. A notification to a role is read by each of its people for themselves.
create table notification_reads (
  notification_id uuid not null references notifications (id) on delete cascade,
  user_id         text not null,
  read_at         timestamptz not null default now(),
  primary key (notification_id, user_id)
);

-- Down Migration

drop table notification_reads;
drop table notifications;
