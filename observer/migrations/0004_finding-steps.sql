-- Up Migration

-- From open to validated, and back. `state_since` is when the state began.
alter table observer.findings
  drop constraint findings_state_check,
  add constraint findings_state_check
    check (state in ('open', 'acknowledged', 'applied', 'validated', 'resolved', 'reopened')),
  add column state_since     timestamptz(3),
  -- When what is recommended took effect; null while its version has not been seen yet.
  add column applied_at      timestamptz(3),
  add column applied_version text,
  -- Who said so; null where a new version alone showed it.
  add column applied_by      text,
  add column applied_note    text,
  -- What was measured before and after.
  add column effect          jsonb;
update observer.findings set state_since = coalesce(acknowledged_at, first_seen);
alter table observer.findings alter column state_since set not null;

-- Every change of a finding's state. Rows are added and go with their finding; none is changed.
create table observer.finding_steps (
  id          uuid primary key,
  fingerprint text not null references observer.findings on delete cascade,
  at          timestamptz(3) not null,
  state       text not null check (state in ('open', 'acknowledged', 'applied', 'validated', 'resolved', 'reopened')),
  -- Who did it; null for the observer itself.
  actor       text,
  version     text,
  note        text,
  effect      jsonb
);
create index finding_steps_fingerprint on observer.finding_steps (fingerprint, at);
create trigger finding_steps_are_kept before update on observer.finding_steps
  for each statement execute function observer.refuse_change();
