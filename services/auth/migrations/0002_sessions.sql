-- Up Migration

-- One log-in, and every refresh token that came of it: revoked as a whole.
create table auth.sessions (
  id             uuid primary key default uuidv7(),
  account_id     uuid not null references auth.accounts (id) on delete cascade,
  created_at     timestamptz(3) not null default now(),
  expires_at     timestamptz not null,
  revoked_at     timestamptz,
  revoked_reason text check (revoked_reason in ('logged_out', 'reused', 'account_changed')),
  check ((revoked_at is null) = (revoked_reason is null))
);
create index sessions_account on auth.sessions (account_id) where revoked_at is null;
create index sessions_expiry on auth.sessions (expires_at);

-- Only hashes: who reads this table can use none of the tokens.
create table auth.refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references auth.sessions (id) on delete cascade,
  issued_at  timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at    timestamptz
);
create index refresh_tokens_session on auth.refresh_tokens (session_id);

-- Down Migration

drop table auth.refresh_tokens;
drop table auth.sessions;
