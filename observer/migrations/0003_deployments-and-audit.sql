-- Up Migration

-- Versions of services, announced or seen in their telemetry: a version is known from the first time on.
create table observer.deployments (
  environment text not null,
  namespace   text not null,
  service     text not null,
  version     text not null,
  deployed_at timestamptz(3) not null,
  -- Who announced it; null for one that was noticed.
  announced_by text,
  note        text,
  primary key (environment, namespace, service, version)
);
create index deployments_newest on observer.deployments (deployed_at desc);

-- Who changed what by hand: silences, acknowledgements, announcements.
create table observer.audit (
  id     uuid primary key,
  at     timestamptz(3) not null,
  actor  text not null,
  action text not null,
  target text not null,
  detail jsonb not null
);
create index audit_at on observer.audit (at desc, id);
create trigger audit_is_kept before update on observer.audit
  for each statement execute function observer.refuse_change();
