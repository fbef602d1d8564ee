#!/usr/bin/env bash
# An S3 server (versitygw on a folder) for tests, on loopback.
#
#   s3.sh up DIR [PORT]   default 7070; prints `url=http://127.0.0.1:PORT key=… secret=… pid=N`; again after a `down`, it
#                         has what it had
#   s3.sh down DIR
#   s3.sh fetch           find or build the program; prints its path
#
# The program is `versitygw` on the PATH, else it is built once with Go (about a minute and a half) and kept under
# ~/.cache/millrace (MILLRACE_CACHE). Should who started it (SERVER_OWNER) die, it goes too.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
VERSION=v1.8.0

program() { go_program versitygw github.com/versity/versitygw/cmd/versitygw "$VERSION"; }

up() {
  local dir="$1" port="${2:-7070}" binary
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  if ! alive "$dir"; then
    binary="$(program)"
    # What it keeps of objects beside their bytes must not lie within the buckets.
    mkdir -p "$dir/buckets" "$dir/sidecar"
    export ROOT_ACCESS_KEY=test ROOT_SECRET_KEY=testtest
    start "$dir" "$port" "" "$binary" --port "127.0.0.1:$port" posix --sidecar "$dir/sidecar" "$dir/buckets"
    echo "url=http://127.0.0.1:$port key=test secret=testtest pid=$(cat "$dir/s3.pid")" >"$dir/addresses"
  fi
  cat "$dir/addresses"
}

case "${1:-}" in
up) up "${2:?a folder for its files}" "${3:-7070}" ;;
down) down "${2:?the folder given to up}" ;;
fetch) program ;;
*) sed -n '2,10p' "$0"; exit 2 ;;
esac
