-- Up Migration

-- Since when the observer knows a schedule as it is: what was due before that is nobody's business.
create table observer.report_schedules (
  name      text primary key,
  pattern   text not null,
  time_zone text not null,
  since     timestamptz(3) not null
);

-- One row for a schedule and a time it was due. Whoever holds the claim makes the report and sends it; kept so that its link leads to
-- what was sent, however old the telemetry is by then.
create table observer.reports (
  id            uuid primary key,
  schedule      text not null,
  due_at        timestamptz(3) not null,
  period_from   timestamptz(3) not null,
  period_to     timestamptz(3) not null check (period_to > period_from),
  claimed_until timestamptz(3) not null,
  attempts      integer not null default 1,
  -- The model that every format is rendered from; null until it was made.
  report        jsonb,
  made_at       timestamptz(3),
  sent_at       timestamptz(3),
  error         text,
  unique (schedule, due_at)
);
create index reports_newest on observer.reports (due_at desc, schedule);
