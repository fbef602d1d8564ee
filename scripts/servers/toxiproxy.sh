#!/usr/bin/env bash
# Toxiproxy for tests of network faults, on loopback; proxies and faults are made over its HTTP API.
#
#   toxiproxy.sh up DIR [API_PORT]   default 8474; prints `api=http://127.0.0.1:PORT pid=N`
#   toxiproxy.sh down DIR
#   toxiproxy.sh fetch               find or build the program; prints its path
#
# The program is `toxiproxy-server` on the PATH, else it is built once with Go (about 10 s) and kept under
# ~/.cache/millrace (MILLRACE_CACHE). Should who started it (SERVER_OWNER) die, it goes too.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
VERSION=v2.5.0

program() { go_program toxiproxy-server github.com/Shopify/toxiproxy/v2/cmd/server "$VERSION" server; }

up() {
  local dir="$1" port="${2:-8474}" binary
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  if ! alive "$dir"; then
    binary="$(program)"
    start "$dir" "$port" "" "$binary" -host 127.0.0.1 -port "$port"
    echo "api=http://127.0.0.1:$port pid=$(cat "$dir/toxiproxy.pid")" >"$dir/addresses"
  fi
  cat "$dir/addresses"
}

case "${1:-}" in
up) up "${2:?a folder for its files}" "${3:-8474}" ;;
down) down "${2:?the folder given to up}" ;;
fetch) program ;;
*) sed -n '2,9p' "$0"; exit 2 ;;
esac
