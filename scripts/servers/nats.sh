#!/usr/bin/env bash
# A NATS server with JetStream for tests, on loopback.
#
#   nats.sh up DIR [PORT]   default 4222; prints `url=nats://127.0.0.1:PORT pid=N`; again after a `down`, it has what it had
#   nats.sh down DIR
#   nats.sh fetch           find or build the program; prints its path
#
# The program is `nats-server` on the PATH, else it is built once with Go (about a minute) and kept under
# ~/.cache/millrace (MILLRACE_CACHE). Should who started it (SERVER_OWNER) die, it goes too.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
VERSION=v2.15.2

program() { go_program nats-server github.com/nats-io/nats-server/v2 "$VERSION"; }

up() {
  local dir="$1" port="${2:-4222}" binary
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  if ! alive "$dir"; then
    binary="$(program)"
    start "$dir" "$port" "Server is ready" "$binary" -a 127.0.0.1 -p "$port" -js -sd "$dir/jetstream"
    echo "url=nats://127.0.0.1:$port pid=$(cat "$dir/nats.pid")" >"$dir/addresses"
  fi
  cat "$dir/addresses"
}

case "${1:-}" in
up) up "${2:?a folder for its files}" "${3:-4222}" ;;
down) down "${2:?the folder given to up}" ;;
fetch) program ;;
*) sed -n '2,9p' "$0"; exit 2 ;;
esac
