#!/bin/sh
# Makes deploy/secrets with one random secret a file, for docker-compose.yml. Keeps what is there.
# The folder is closed to others; the files are readable so that the containers' own users can read their mounts.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
for name in database_password nats_password api_token; do
  [ -s "secrets/$name" ] && continue
  od -An -N 24 -t x1 /dev/urandom | tr -d ' \n' > "secrets/$name"
  chmod 444 "secrets/$name"
done
