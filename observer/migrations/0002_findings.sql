-- Up Migration

-- What is wrong in some service's code, merged over all traces that show it.
create table observer.findings (
  fingerprint         text primary key check (fingerprint ~ '^[0-9a-f]{16}$'),
  detector            text not null,
  service             text not null,
  route               text,
  place               text not null,
  title               text not null,
  state               text not null check (state in ('open', 'acknowledged', 'resolved')),
  occurrences         bigint not null check (occurrences >= 0),
  total_time_ms       double precision not null,
  traces_per_minute   double precision not null,
  evidence            jsonb not null,
  statement           text,
  recommendation      text not null,
  expected_gain_ms    double precision not null,
  first_seen          timestamptz(3) not null,
  last_seen           timestamptz(3) not null,
  acknowledged_by     text,
  acknowledged_reason text,
  acknowledged_at     timestamptz(3),
  acknowledged_until  timestamptz(3)
);
create index findings_impact on observer.findings (total_time_ms desc, fingerprint);
create index findings_service on observer.findings (service);

-- A trace counts once for a finding, however often it is diagnosed. Kept as long as traces can be diagnosed again.
create table observer.finding_occurrences (
  fingerprint      text not null references observer.findings on delete cascade,
  trace_id         text not null,
  seen_at          timestamptz(3) not null,
  time_ms          double precision not null,
  expected_gain_ms double precision not null,
  primary key (fingerprint, trace_id)
);
create index finding_occurrences_seen_at on observer.finding_occurrences using brin (seen_at);
