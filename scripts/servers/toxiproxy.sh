#!/usr/bin/env bash
# Toxiproxy for tests of network faults, on loopback; proxies and faults are made over its HTTP API.
#
#   toxiproxy.sh up DIR [API_PORT]   default 8474; prints `api=http://127.0.0.1:PORT pid=N`
#   toxiproxy.sh down DIR
#   toxiproxy.sh fetch               find or build the program; prints its path
#
# The program is `toxiproxy-server` on the PATH, else it is built once with Go (about 10 s) and kept under
# ~/.cache/millrace (MILLRACE_CACHE).
set -euo pipefail
VERSION=v2.5.0
CACHE="${MILLRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace}/toxiproxy/$VERSION"
say() { echo "toxiproxy.sh: $*" >&2; }

program() {
  command -v toxiproxy-server && return 0
  [ -x "$CACHE/server" ] && { echo "$CACHE/server"; return 0; }
  command -v go >/dev/null || { say "no toxiproxy-server on the PATH and no go to build one: install either"; exit 1; }
  mkdir -p "$CACHE"
  exec 9>"$CACHE/.lock"
  flock 9
  if [ ! -x "$CACHE/server" ]; then
    say "building Toxiproxy $VERSION with go, once"
    mkdir -p "$CACHE/new"
    GOBIN="$CACHE/new" CGO_ENABLED=0 go install -ldflags "-s -w" "github.com/Shopify/toxiproxy/v2/cmd/server@$VERSION" >&2
    mv "$CACHE/new/server" "$CACHE/server"
    rmdir "$CACHE/new"
  fi
  exec 9>&-
  echo "$CACHE/server"
}

alive() { [ -f "$1/toxiproxy.pid" ] && kill -0 "$(cat "$1/toxiproxy.pid")" 2>/dev/null; }

up() {
  local dir="$1" port="${2:-8474}" binary
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  if ! alive "$dir"; then
    binary="$(program)"
    nohup setsid "$binary" -host 127.0.0.1 -port "$port" >"$dir/toxiproxy.log" 2>&1 </dev/null &
    echo $! >"$dir/toxiproxy.pid"
    for _ in $(seq 100); do
      (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
      alive "$dir" || { cat "$dir/toxiproxy.log" >&2; rm -f "$dir/toxiproxy.pid"; exit 1; }
      sleep 0.05
    done
    echo "api=http://127.0.0.1:$port pid=$(cat "$dir/toxiproxy.pid")" >"$dir/addresses"
  fi
  cat "$dir/addresses"
}

down() {
  [ -f "$1/toxiproxy.pid" ] || return 0
  kill "$(cat "$1/toxiproxy.pid")" 2>/dev/null || true
  rm -f "$1/toxiproxy.pid"
}

case "${1:-}" in
up) up "${2:?a folder for its files}" "${3:-8474}" ;;
down) down "${2:?the folder given to up}" ;;
fetch) program ;;
*) sed -n '2,9p' "$0"; exit 2 ;;
esac
