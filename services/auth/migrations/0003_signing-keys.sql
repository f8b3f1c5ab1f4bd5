-- Up Migration

create table auth.signing_keys (
  id                 text primary key,
  public_jwk         jsonb not null,
  -- AES-256-GCM under a key that is not in the database.
  sealed_private_key bytea not null,
  created_at         timestamptz not null default now(),
  -- Signs no more; stays in the JWKS until every token it signed has expired.
  retired_at         timestamptz
);
create unique index signing_keys_one_active on auth.signing_keys ((true)) where retired_at is null;

-- Down Migration

drop table auth.signing_keys;
