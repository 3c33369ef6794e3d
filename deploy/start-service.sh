#!/bin/sh
# Starts the service that SLUICE_APP names, with: node FLAGS dist/apps/$SLUICE_APP/src/main.js
# Passwords arrive as files, never in the compose file or in an argument: the addresses are made complete here.
set -eu
cd "$(dirname "$0")/.."

if [ -n "${DATABASE_PASSWORD_FILE:-}" ]; then
  DATABASE_URL="postgres://${DATABASE_USER:-sluice}:$(cat "$DATABASE_PASSWORD_FILE")@${DATABASE_ADDRESS}"
  export DATABASE_URL
fi
if [ -n "${NATS_PASSWORD_FILE:-}" ]; then
  NATS_URL="nats://${NATS_USER:-sluice}:$(cat "$NATS_PASSWORD_FILE")@${NATS_ADDRESS}"
  export NATS_URL
fi

# A nursery of 8 MiB instead of 16 takes a quarter off the memory that a million jobs need.
exec node --max-semi-space-size=8 "dist/apps/${SLUICE_APP}/src/main.js" "$@"
