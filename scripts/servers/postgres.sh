#!/usr/bin/env bash
# PostgreSQL for tests, on loopback.
#
#   postgres.sh up DIR [PORT]   default 5432; prints `url=postgres://millrace@127.0.0.1:PORT/postgres pid=N`
#   postgres.sh down DIR
#   postgres.sh fetch           find the programs; prints their folder
#
# The programs are those on the PATH, else the newest below /usr/lib/postgresql. The server does not run as root: there
# it runs as `postgres`, else as `nobody`. It lets everyone on loopback in, and syncs nothing: it is for tests.
set -euo pipefail
SELF="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$(basename "${BASH_SOURCE[0]}")"
say() { echo "postgres.sh: $*" >&2; }

programs() {
  local found
  if command -v initdb >/dev/null && command -v postgres >/dev/null; then dirname "$(command -v postgres)"; return 0; fi
  for found in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
    [ -x "$found/initdb" ] && [ -x "$found/postgres" ] && { echo "$found"; return 0; }
  done
  say "no PostgreSQL server here, on the PATH or below /usr/lib/postgresql: install one (apt-get install postgresql)"
  exit 1
}

as_user() {
  if [ "$(id -u)" -ne 0 ]; then "$@"; return; fi
  local user=nobody
  id postgres >/dev/null 2>&1 && user=postgres
  setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@"
}

# Should who started it (SERVER_OWNER) die, it goes too.
watch_owner() {
  [ -n "${SERVER_OWNER:-}" ] || return 0
  nohup setsid bash -c 'while kill -0 "$1" 2>/dev/null; do [ -f "$3/postgres.data" ] || exit 0; sleep 2; done; exec bash "$2" down "$3"' \
    - "$SERVER_OWNER" "$SELF" "$1" >/dev/null 2>&1 </dev/null &
}

alive() { [ -f "$1/postgres.pid" ] && kill -0 "$(cat "$1/postgres.pid")" 2>/dev/null; }

up() {
  local dir="$1" port="${2:-5432}" bin data
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  if ! alive "$dir"; then
    bin="$(programs)"
    # Its own folder below the system's temporary one: the user it runs as must reach it.
    data="$(as_user mktemp -d "${TMPDIR:-/tmp}/millrace-postgres-XXXXXX")"
    echo "$data" >"$dir/postgres.data"
    as_user "$bin/initdb" -D "$data/db" -U millrace --auth=trust --no-sync -E UTF8 --locale=C >"$dir/initdb.log" 2>&1 \
      || { cat "$dir/initdb.log" >&2; exit 1; }
    as_user nohup setsid "$bin/postgres" -D "$data/db" -h 127.0.0.1 -p "$port" -k "$data" -c fsync=off \
      -c shared_buffers=16MB -c max_connections=50 >"$dir/postgres.log" 2>&1 </dev/null &
    local end=$((SECONDS + 60))
    until [ -s "$data/db/postmaster.pid" ] && grep -q ready "$data/db/postmaster.pid"; do
      kill -0 $! 2>/dev/null || { cat "$dir/postgres.log" >&2; rm -rf "$data"; exit 1; }
      [ $SECONDS -lt $end ] || { cat "$dir/postgres.log" >&2; say "not ready after a minute"; kill -QUIT $!; exit 1; }
      sleep 0.1
    done
    head -1 "$data/db/postmaster.pid" >"$dir/postgres.pid"
    watch_owner "$dir"
    echo "url=postgres://millrace@127.0.0.1:$port/postgres pid=$(cat "$dir/postgres.pid")" >"$dir/addresses"
  fi
  cat "$dir/addresses"
}

down() {
  [ -f "$1/postgres.data" ] || return 0
  if [ -f "$1/postgres.pid" ]; then
    # Connections that are still open are cut off.
    kill -INT "$(cat "$1/postgres.pid")" 2>/dev/null || true
    for _ in $(seq 50); do alive "$1" || break; sleep 0.1; done
    alive "$1" && kill -QUIT "$(cat "$1/postgres.pid")" 2>/dev/null
  fi
  rm -rf "$(cat "$1/postgres.data")"
  rm -f "$1/postgres.pid" "$1/postgres.data"
}

case "${1:-}" in
up) up "${2:?a folder for its files}" "${3:-5432}" ;;
down) down "${2:?the folder given to up}" ;;
fetch) programs ;;
*) sed -n '2,9p' "$0"; exit 2 ;;
esac
