# Sourced by the scripts of servers that are one program: where it comes from, and its process.
NAME="$(basename "$0" .sh)"
CACHE_ROOT="${MILLRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace}/$NAME"
say() { echo "$NAME.sh: $*" >&2; }

# go_program PROGRAM MODULE VERSION [BUILT]: its path. That of the PATH, else built once with Go and kept under
# ~/.cache/millrace (MILLRACE_CACHE). BUILT is what Go calls it, where that is not PROGRAM.
go_program() {
  local program="$1" module="$2" version="$3" built="${4:-$1}" cache
  cache="$CACHE_ROOT/$version"
  command -v "$program" && return 0
  [ -x "$cache/$built" ] && { echo "$cache/$built"; return 0; }
  command -v go >/dev/null || { say "no $program on the PATH and no go to build one: install either"; exit 1; }
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9
  if [ ! -x "$cache/$built" ]; then
    say "building $program $version with go, once"
    mkdir -p "$cache/new"
    GOBIN="$cache/new" CGO_ENABLED=0 go install -ldflags "-s -w" "$module@$version" >&2
    mv "$cache/new/$built" "$cache/$built"
    rmdir "$cache/new"
  fi
  exec 9>&-
  echo "$cache/$built"
}

alive() { [ -f "$1/$NAME.pid" ] && kill -0 "$(cat "$1/$NAME.pid")" 2>/dev/null; }

# Nobody is left to stop the server when who started it (SERVER_OWNER) was killed.
goes_with_its_owner() {
  [ -n "${SERVER_OWNER:-}" ] || return 0
  nohup setsid bash -c 'while kill -0 "$1" 2>/dev/null; do kill -0 "$2" 2>/dev/null || exit 0; sleep 2; done; kill "$2"' \
    - "$SERVER_OWNER" "$1" >/dev/null 2>&1 </dev/null &
}

# taken PORT: whether somebody takes connections there.
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start DIR PORT READY COMMAND…: until READY stands in its log (empty: nothing need) and the port is open.
start() {
  local dir="$1" port="$2" ready="$3" log="$1/$NAME.log" end=$((SECONDS + ${SERVER_START_TIMEOUT:-60}))
  shift 3
  # Another's server would be taken for this one.
  ! taken "$port" || { say "somebody has port $port"; exit 1; }
  nohup setsid "$@" >"$log" 2>&1 </dev/null &
  echo $! >"$dir/$NAME.pid"
  until { [ -z "$ready" ] || grep -q "$ready" "$log"; } && taken "$port"; do
    alive "$dir" || { tail -20 "$log" >&2; rm -f "$dir/$NAME.pid"; exit 1; }
    [ $SECONDS -lt $end ] || { tail -20 "$log" >&2; down "$dir"; say "not up after ${SERVER_START_TIMEOUT:-60} s"; exit 1; }
    sleep 0.05
  done
  goes_with_its_owner "$(cat "$dir/$NAME.pid")"
}

down() {
  [ -f "$1/$NAME.pid" ] || return 0
  local pid
  pid="$(cat "$1/$NAME.pid")"
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 200); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  # The next one wants its port.
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$1/$NAME.pid"
}
