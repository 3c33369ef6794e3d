#!/bin/sh
# Starts the service that SLUICE_APP names, with: node dist/apps/$SLUICE_APP/src/main.js
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

# Less memory while a million jobs pass; see nodeFlagsOf in libs/local-stack.
case "$SLUICE_APP" in
  gateway | transformer)
    NODE_OPTIONS="${NODE_OPTIONS:-} --max-semi-space-size=8"
    export NODE_OPTIONS
    ;;
esac

exec node "dist/apps/${SLUICE_APP}/src/main.js" "$@"
