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

# A quarter less memory while it seals a million jobs; see nodeFlagsOf in libs/local-stack.
if [ "$SLUICE_APP" = transformer ]; then
  NODE_OPTIONS="${NODE_OPTIONS:-} --max-semi-space-size=8"
  export NODE_OPTIONS
fi

exec node "dist/apps/${SLUICE_APP}/src/main.js" "$@"
