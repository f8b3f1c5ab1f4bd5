#!/bin/sh
# The part of the official entry point that docker-compose.yml relies on: the first start makes a cluster with a password,
# unless the volume holds one of another version.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  for other in /var/lib/postgresql/*/docker; do
    if [ -s "$other/PG_VERSION" ]; then
      echo "Error: there appears to be PostgreSQL data in: $other. This is usually the result of upgrading the Docker image" \
        'without upgrading the underlying database using "pg_upgrade" (which requires both versions).' >&2
      exit 1
    fi
  done
  if [ -z "${POSTGRES_PASSWORD_FILE:-}" ]; then echo "POSTGRES_PASSWORD_FILE is not set" >&2; exit 1; fi
  mkdir -p "$PGDATA"
  initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  printf '\nhost all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
  printf "listen_addresses = '*'\n" >> "$PGDATA/postgresql.conf"
fi
exec "$@"
