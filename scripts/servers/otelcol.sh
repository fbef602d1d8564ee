#!/usr/bin/env bash
# A real OpenTelemetry Collector for tests and trials, on loopback: OTLP in, a JSON-lines file and Prometheus out.
#
#   otelcol.sh up DIR [HTTP_PORT [GRPC_PORT [PROMETHEUS_PORT [HEALTH_PORT]]]]   defaults 4318 4317 8889 13133
#   otelcol.sh down DIR
#   otelcol.sh fetch                 find or build the program; prints its path
#
# `up` prints one line of addresses; a second `up` of a running DIR prints the same line. In DIR: otlp.jsonl,
# otelcol.log, otelcol.pid. The program is `otelcol` or `otelcol-contrib` on the PATH when it has the parts needed,
# else it is built once with Go (about 90 s) and kept under ~/.cache/millrace (MILLRACE_CACHE).
set -euo pipefail
HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
VERSION=0.155.0
CACHE="${MILLRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace}/otelcol/$VERSION"
say() { echo "otelcol.sh: $*" >&2; }

on_path() {
  local name parts
  for name in otelcol-contrib otelcol; do
    command -v "$name" >/dev/null || continue
    parts="$("$name" components 2>/dev/null)" || continue
    if grep -q 'fileexporter' <<<"$parts" && grep -q 'prometheusexporter' <<<"$parts" && grep -q 'healthcheckextension' <<<"$parts"; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

program() {
  on_path && return 0
  [ -x "$CACHE/otelcol" ] && { echo "$CACHE/otelcol"; return 0; }
  command -v go >/dev/null || { say "no otelcol on the PATH and no go to build one: install either"; exit 1; }
  mkdir -p "$CACHE"
  exec 9>"$CACHE/.lock"
  flock 9
  if [ ! -x "$CACHE/otelcol" ]; then
    say "building the collector $VERSION with go, once, about 90 s"
    local work
    work="$(mktemp -d)"
    GOBIN="$work" go install "go.opentelemetry.io/collector/cmd/builder@v$VERSION" >&2
    # The builder's `go mod tidy` also wants modules that only tests need, and may fail; `go build -mod=mod` does not.
    (
      cd "$work"
      ./builder --skip-compilation --config "$HERE/otelcol-builder.yaml" >builder.log 2>&1 || true
      cd build && CGO_ENABLED=0 GOFLAGS=-mod=mod go build -trimpath -ldflags "-s -w" -o "$CACHE/otelcol.new" . >&2
    )
    mv "$CACHE/otelcol.new" "$CACHE/otelcol"
    rm -rf "$work"
  fi
  exec 9>&-
  echo "$CACHE/otelcol"
}

alive() { [ -f "$1/otelcol.pid" ] && kill -0 "$(cat "$1/otelcol.pid")" 2>/dev/null; }

up() {
  local dir="$1" http="${2:-4318}" grpc="${3:-4317}" prometheus="${4:-8889}" health="${5:-13133}" binary
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  exec 8>"$dir/.lock"
  flock 8
  if ! alive "$dir"; then
    binary="$(program)"
    cat >"$dir/otelcol.yaml" <<YAML
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:$http" }, grpc: { endpoint: "127.0.0.1:$grpc" } } } }
exporters:
  file: { path: "$dir/otlp.jsonl", flush_interval: 100ms }
  prometheus: { endpoint: "127.0.0.1:$prometheus" }
extensions: { health_check: { endpoint: "127.0.0.1:$health" } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [file] }
    metrics: { receivers: [otlp], exporters: [file, prometheus] }
    logs: { receivers: [otlp], exporters: [file] }
YAML
    : >"$dir/otelcol.log"
    nohup setsid "$binary" --config "$dir/otelcol.yaml" >"$dir/otelcol.log" 2>&1 </dev/null 8>&- &
    echo $! >"$dir/otelcol.pid"
    for _ in $(seq 1200); do
      grep -q 'Everything is ready' "$dir/otelcol.log" && break
      alive "$dir" || { cat "$dir/otelcol.log" >&2; rm -f "$dir/otelcol.pid"; exit 1; }
      sleep 0.05
    done
    grep -q 'Everything is ready' "$dir/otelcol.log" || { say "not ready after a minute"; cat "$dir/otelcol.log" >&2; down "$dir"; exit 1; }
    echo "otlp_http=http://127.0.0.1:$http otlp_grpc=127.0.0.1:$grpc prometheus=http://127.0.0.1:$prometheus/metrics file=$dir/otlp.jsonl pid=$(cat "$dir/otelcol.pid")" >"$dir/addresses"
  fi
  cat "$dir/addresses"
}

down() {
  local pid
  [ -f "$1/otelcol.pid" ] || return 0
  pid="$(cat "$1/otelcol.pid")"
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$1/otelcol.pid"
}

case "${1:-}" in
up) shift; up "${1:?a folder for its files}" "${@:2}" ;;
down) down "${2:?the folder given to up}" ;;
fetch) program ;;
*) sed -n '2,10p' "$0"; exit 2 ;;
esac
