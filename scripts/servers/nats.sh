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
VERSION=v2.15.2
CACHE="${MILLRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace}/nats/$VERSION"
say() { echo "nats.sh: $*" >&2; }

program() {
  command -v nats-server && return 0
  [ -x "$CACHE/nats-server" ] && { echo "$CACHE/nats-server"; return 0; }
  command -v go >/dev/null || { say "no nats-server on the PATH and no go to build one: install either"; exit 1; }
  mkdir -p "$CACHE"
  exec 9>"$CACHE/.lock"
  flock 9
  if [ ! -x "$CACHE/nats-server" ]; then
    say "building nats-server $VERSION with go, once"
    mkdir -p "$CACHE/new"
    GOBIN="$CACHE/new" CGO_ENABLED=0 go install -ldflags "-s -w" "github.com/nats-io/nats-server/v2@$VERSION" >&2
    mv "$CACHE/new/nats-server" "$CACHE/nats-server"
    rmdir "$CACHE/new"
  fi
  exec 9>&-
  echo "$CACHE/nats-server"
}

alive() { [ -f "$1/nats.pid" ] && kill -0 "$(cat "$1/nats.pid")" 2>/dev/null; }

# Nobody is left to stop the server when who started it was killed.
goes_with_its_owner() {
  [ -n "${SERVER_OWNER:-}" ] || return 0
  nohup setsid bash -c 'while kill -0 "$1" 2>/dev/null; do kill -0 "$2" 2>/dev/null || exit 0; sleep 2; done; kill "$2"' \
    - "$SERVER_OWNER" "$1" >/dev/null 2>&1 </dev/null &
}

up() {
  local dir="$1" port="${2:-4222}" binary
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  if ! alive "$dir"; then
    binary="$(program)"
    nohup setsid "$binary" -a 127.0.0.1 -p "$port" -js -sd "$dir/jetstream" >>"$dir/nats.log" 2>&1 </dev/null &
    echo $! >"$dir/nats.pid"
    for _ in $(seq 200); do
      grep -q "Server is ready" "$dir/nats.log" && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
      alive "$dir" || { tail -20 "$dir/nats.log" >&2; rm -f "$dir/nats.pid"; exit 1; }
      sleep 0.05
    done
    goes_with_its_owner "$(cat "$dir/nats.pid")"
    echo "url=nats://127.0.0.1:$port pid=$(cat "$dir/nats.pid")" >"$dir/addresses"
  fi
  cat "$dir/addresses"
}

down() {
  [ -f "$1/nats.pid" ] || return 0
  local pid
  pid="$(cat "$1/nats.pid")"
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  rm -f "$1/nats.pid"
}

case "${1:-}" in
up) up "${2:?a folder for its files}" "${3:-4222}" ;;
down) down "${2:?the folder given to up}" ;;
fetch) program ;;
*) sed -n '2,9p' "$0"; exit 2 ;;
esac
