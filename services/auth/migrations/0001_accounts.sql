-- Up Migration

create table auth.accounts (
  id            uuid primary key default uuidv7(),
  -- Lower case: the address is the name one logs in with.
  email         text not null constraint accounts_email_unique unique
                check (email = lower(email) and length(email) between 3 and 320),
  display_name  text not null check (length(display_name) between 1 and 100),
  password_hash text not null,
  roles         text[] not null check (cardinality(roles) >= 1),
  is_active     boolean not null default true,
  created_at    timestamptz(3) not null default now()
);

-- Guesses at an address, whether or not an account has it: else the lock itself would tell which addresses exist.
create table auth.login_attempts (
  email_hash   bytea primary key,
  failures     integer not null,
  attempted_at timestamptz not null,
  locked_until timestamptz
);
create index login_attempts_age on auth.login_attempts (attempted_at);

-- Down Migration

drop table auth.login_attempts;
drop table auth.accounts;
