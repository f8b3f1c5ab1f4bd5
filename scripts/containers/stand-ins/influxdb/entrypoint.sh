#!/bin/sh
# The part of the official entry point that docker-compose.yml relies on: the first start makes organisation, bucket and token.
set -eu
data=/var/lib/influxdb2
set_up() {
  until curl -fsS -o /dev/null http://127.0.0.1:8086/health 2>/dev/null; do sleep 0.2; done
  curl -fsS -o /dev/null -X POST http://127.0.0.1:8086/api/v2/setup --data "{
    \"username\": \"$DOCKER_INFLUXDB_INIT_USERNAME\",
    \"password\": \"$(cat "$DOCKER_INFLUXDB_INIT_PASSWORD_FILE")\",
    \"org\": \"$DOCKER_INFLUXDB_INIT_ORG\",
    \"bucket\": \"$DOCKER_INFLUXDB_INIT_BUCKET\",
    \"token\": \"$(cat "$DOCKER_INFLUXDB_INIT_ADMIN_TOKEN_FILE")\"
  }"
  touch "$data/.set-up"
}
if [ ! -e "$data/.set-up" ] && [ "${DOCKER_INFLUXDB_INIT_MODE:-}" = setup ]; then set_up & fi
exec "$@" --bolt-path="$data/influxd.bolt" --sqlite-path="$data/influxd.sqlite" --engine-path="$data/engine"
