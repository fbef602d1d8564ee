#!/usr/bin/env bash
# A real one-node Apache Kafka (KRaft) for tests and trials, on loopback.
#
#   kafka.sh up     DIR [PORT]      start it (PORT 9092 unless given), or again after `down` or `kill` (the same PORT)
#   kafka.sh down   DIR             ask it to stop, and wait
#   kafka.sh kill   DIR             a crash: SIGKILL
#   kafka.sh pause  DIR             SIGSTOP; `resume DIR` lets it go on
#   kafka.sh remove DIR             stop it and delete DIR
#   kafka.sh run    CLASS ARGS…     one of Kafka's own tools: org.apache.kafka.tools.TopicCommand --bootstrap-server …
#   kafka.sh fetch                  only fill the cache
#
# `up` prints one line, `bootstrap=HOST:PORT behind=HOST:PORT proxy=HOST:PORT secure=HOST:PORT ca=FILE kind=…`; a
# second `up` prints it again. It takes five ports: PORT for clients, PORT+1 for the controller, PORT+2 for clients
# whose next addresses are to be PORT+3 (`behind` and `proxy`: put a proxy such as Toxiproxy between the two), and PORT+4
# for clients that come over TLS (`ca` has its certificate) and sign in by SASL PLAIN as `millrace` with `secret`
# (`secure` and `ca` are empty with Docker).
#
# What runs is the first of: KAFKA_BROKERS (a running cluster, never stopped or killed; unless KAFKA_OWN is set), Docker when its daemon
# answers, Java 17 or later with Maven. Jars are kept under ~/.cache/millrace (MILLRACE_CACHE).
# Also: KAFKA_SESSION (ms, 1500: how long a broker may be silent before nobody leads its partitions), KAFKA_VERSION, KAFKA_HEAP (512m), KAFKA_JVM (further flags of Java), KAFKA_START_TIMEOUT (120 s), KAFKA_PROPERTIES (a file of further broker
# settings), SERVER_OWNER (a process id: when it ends, `remove DIR` follows).
set -euo pipefail
SELF="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$(basename "${BASH_SOURCE[0]}")"
VERSION="${KAFKA_VERSION:-4.3.1}"
IMAGE="apache/kafka:$VERSION"
CACHE="${MILLRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace}/kafka/$VERSION"
JAVA="${JAVA_HOME:+$JAVA_HOME/bin/}java"
say() { echo "kafka.sh: $*" >&2; }
fail() { say "$*"; exit 1; }

# Which of the three ways this machine has.
kind() {
  if [ -n "${KAFKA_BROKERS:-}" ] && [ -z "${KAFKA_OWN:-}" ]; then echo brokers
  elif [ -f "$CACHE/.complete" ] && [ "${1:-}" = tools ]; then echo java
  elif command -v docker >/dev/null && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1 &&
    { docker image inspect "$IMAGE" >/dev/null 2>&1 || docker pull -q "$IMAGE" >/dev/null 2>&1; }; then echo docker
  elif command -v "$JAVA" >/dev/null && { [ -f "$CACHE/.complete" ] || command -v mvn >/dev/null; }; then echo java
  else fail "no Kafka here: set KAFKA_BROKERS, or start Docker, or install Java 17 and Maven"
  fi
}

fetch() {
  [ -f "$CACHE/.complete" ] && return 0
  mkdir -p "$CACHE"
  exec 9>"$CACHE/.lock"
  flock 9
  if [ ! -f "$CACHE/.complete" ]; then
    say "fetching Kafka $VERSION with mvn, once"
    local work
    work="$(mktemp -d "$CACHE/new.XXXXXX")"
    # Without the SLF4J 1.7 binding the broker says nothing at all.
    cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$VERSION</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$VERSION</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.4</version></dependency>
</dependencies></project>
POM
    (cd "$work" && mvn -B -q dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/libs" >&2)
    cat >"$work/log4j2.xml" <<'XML'
<Configuration status="ERROR"><Appenders><Console name="out"><PatternLayout pattern="[%d] %p %m (%c)%n"/></Console></Appenders>
<Loggers><Root level="${sys:kafka.loglevel:-INFO}"><AppenderRef ref="out"/></Root></Loggers></Configuration>
XML
    rm -rf "$CACHE/libs"
    mv "$work/libs" "$CACHE/libs"
    mv "$work/log4j2.xml" "$CACHE/log4j2.xml"
    rm -rf "$work"
    # A class archive made once halves every later start; doing without it is no failure.
    "$JAVA" -XX:ArchiveClassesAtExit="$CACHE/tool.jsa" -Dlog4j2.configurationFile="$CACHE/log4j2.xml" \
      -cp "$CACHE/libs/*" kafka.tools.StorageTool random-uuid >/dev/null 2>&1 || true
    keytool="$(dirname "$(readlink -f "$(command -v "$JAVA")")")/keytool"
    "$keytool" -genkeypair -alias kafka -keyalg EC -groupname secp256r1 -dname CN=localhost -ext san=ip:127.0.0.1,dns:localhost \
      -validity 36500 -storetype PKCS12 -keystore "$CACHE/tls.p12" -storepass changeit >/dev/null 2>&1
    "$keytool" -exportcert -rfc -alias kafka -keystore "$CACHE/tls.p12" -storepass changeit -file "$CACHE/tls.pem" >/dev/null 2>&1
    touch "$CACHE/.complete"
  fi
  exec 9>&-
}

archive() { [ ! -f "$CACHE/$1.jsa" ] || echo "-XX:SharedArchiveFile=$CACHE/$1.jsa -Xshare:auto -Xlog:cds=off -Xlog:cds+dynamic=off"; }

tool() {
  fetch
  # shellcheck disable=SC2046
  "$JAVA" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 $(archive tool) -Dkafka.loglevel=ERROR \
    -Dlog4j2.configurationFile="$CACHE/log4j2.xml" -cp "$CACHE/libs/*" "$@"
}

# DIR PORT LISTEN_HOST DATA
properties() {
  local port="$2" host="$3"
  cat <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://$host:$port,CONTROLLER://127.0.0.1:$((port + 1)),BEHIND://$host:$((port + 2))
advertised.listeners=PLAINTEXT://127.0.0.1:$port,BEHIND://127.0.0.1:$((port + 3))
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,BEHIND:PLAINTEXT
log.dirs=$4
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# A lone broker has nobody to hand its partitions to. It would let go of them all the same, and in the moment between
# that and its end call transactions committed whose ends it can write nowhere any more (4.3.1), so that they hang for ever.
controlled.shutdown.enable=false
# A killed broker may come back only when its old session has expired: 9 s by default. One that is never killed wants a
# longer one: on a machine with much to do it may be silent for seconds.
broker.heartbeat.interval.ms=250
broker.session.timeout.ms=${KAFKA_SESSION:-1500}
PROPERTIES
}

# A later line overrules an earlier one of the same name.
secure() {
  local port="$1"
  cat <<PROPERTIES
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1)),BEHIND://127.0.0.1:$((port + 2)),SECURE://127.0.0.1:$((port + 4))
advertised.listeners=PLAINTEXT://127.0.0.1:$port,BEHIND://127.0.0.1:$((port + 3)),SECURE://127.0.0.1:$((port + 4))
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,BEHIND:PLAINTEXT,SECURE:SASL_SSL
listener.name.secure.sasl.enabled.mechanisms=PLAIN
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_millrace="secret";
listener.name.secure.ssl.keystore.type=PKCS12
listener.name.secure.ssl.keystore.location=$CACHE/tls.p12
listener.name.secure.ssl.keystore.password=changeit
PROPERTIES
}

alive() { [ -f "$1/kafka.pid" ] && kill -0 "$(cat "$1/kafka.pid")" 2>/dev/null; }
container() { echo "millrace-kafka-$(cksum <<<"$1" | cut -d' ' -f1)"; }
output() { if [ "$(cat "$1/kind")" = docker ]; then docker logs --since "$(cat "$1/since")" "$(container "$1")" 2>&1; else cat "$1/server.log"; fi; }
running() {
  if [ "$(cat "$1/kind")" = docker ]; then [ "$(docker inspect -f '{{.State.Running}}' "$(container "$1")" 2>/dev/null)" = true ]; else alive "$1"; fi
}

await_started() {
  local dir="$1" end=$((SECONDS + ${KAFKA_START_TIMEOUT:-120}))
  until output "$dir" | grep -q 'Kafka Server started'; do
    running "$dir" || { output "$dir" | tail -20 >&2; fail "the broker died; its log is above"; }
    [ $SECONDS -lt $end ] || { output "$dir" | tail -20 >&2; fail "the broker is not up after ${KAFKA_START_TIMEOUT:-120} s; its log is above"; }
    sleep 0.1
  done
}

# DIR PORT FLAGS_OF_JAVA...
launch() {
  local dir="$1" port="$2"
  shift 2
  {
    properties "$dir" "$port" 127.0.0.1 "$dir/data"
    secure "$port"
    [ -z "${KAFKA_PROPERTIES:-}" ] || cat "$KAFKA_PROPERTIES"
  } >"$dir/server.properties"
  [ -f "$dir/data/meta.properties" ] ||
    tool kafka.tools.StorageTool format --ignore-formatted -t MkU3OEVBNTcwNTJENDM2Qk -c "$dir/server.properties" >"$dir/format.log" 2>&1 ||
    { cat "$dir/format.log" >&2; fail "the data folder could not be formatted"; }
  : >"$dir/server.log"
  # shellcheck disable=SC2086
  nohup setsid "$JAVA" -Xms128m -Xmx"${KAFKA_HEAP:-512m}" ${KAFKA_JVM:--XX:+UseG1GC} "$@" \
    -Dlog4j2.configurationFile="$CACHE/log4j2.xml" -cp "$CACHE/libs/*" kafka.Kafka "$dir/server.properties" \
    >"$dir/server.log" 2>&1 </dev/null 8>&- 9>&- &
  echo $! >"$dir/kafka.pid"
}

# The first broker of a cache runs once for its class archive alone, which halves every later start. A broker of a test
# must not write it: its end would take as long as the archive does, and others would start with half of one.
record_broker() {
  [ -f "$CACHE/broker.jsa" ] && return 0
  exec 9>"$CACHE/.lock"
  flock 9
  if [ ! -f "$CACHE/broker.jsa" ]; then
    local work
    work="$(mktemp -d "$CACHE/new.XXXXXX")"
    echo java >"$work/kind"
    launch "$work" "$1" -XX:ArchiveClassesAtExit="$work/broker.jsa"
    if (await_started "$work") && signal "$work" TERM && [ -f "$work/broker.jsa" ]; then
      mv "$work/broker.jsa" "$CACHE/broker.jsa"
    else
      say "no class archive of the broker: each start takes twice as long"
    fi
    signal "$work" KILL
    rm -rf "$work"
  fi
  exec 9>&-
}

start_java() {
  fetch
  record_broker "$2"
  # shellcheck disable=SC2046
  launch "$1" "$2" $(archive broker)
}

start_docker() {
  local dir="$1" port="$2" name
  name="$(container "$dir")"
  date -u +%Y-%m-%dT%H:%M:%S.%NZ >"$dir/since"
  if docker inspect "$name" >/dev/null 2>&1; then
    docker start "$name" >/dev/null
    return
  fi
  mkdir -p "$dir/config"
  {
    properties "$dir" "$port" 0.0.0.0 /tmp/kafka-data
    [ -z "${KAFKA_PROPERTIES:-}" ] || cat "$KAFKA_PROPERTIES"
  } >"$dir/config/server.properties"
  docker run -d --name "$name" -v "$dir/config:/mnt/shared/config:ro" \
    -p "127.0.0.1:$port:$port" -p "127.0.0.1:$((port + 2)):$((port + 2))" "$IMAGE" >/dev/null
}

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# What never was up has nothing to lose, and may have another port the next time.
forget() {
  signal "$1" KILL
  [ "$(cat "$1/kind")" != docker ] || docker rm -f "$(container "$1")" >/dev/null 2>&1 || true
  rm -rf "$1/data" "$1/port"
}

# Brokers outlive the command that started them; this ends them with the process that wanted them.
watch_owner() {
  [ -n "${SERVER_OWNER:-}" ] && [ ! -f "$1/owner" ] || return 0
  echo "$SERVER_OWNER" >"$1/owner"
  nohup setsid bash -c 'while kill -0 "$1" 2>/dev/null && [ -d "$3" ]; do sleep 1; done; [ ! -d "$3" ] || exec bash "$2" remove "$3"' \
    _ "$SERVER_OWNER" "$SELF" "$1" >/dev/null 2>&1 </dev/null 8>&- 9>&- &
}

up() {
  local dir="$1" port="${2:-}"
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  exec 8>"$dir/.lock"
  flock 8
  # Its data knows the port it was made with.
  local known=yes each
  if [ -f "$dir/port" ]; then port="$(cat "$dir/port")"; else known="" port="${port:-9092}"; fi
  [ -f "$dir/kind" ] || kind >"$dir/kind"
  [ -s "$dir/kind" ] || { rm -f "$dir/kind"; exit 1; }
  echo "$port" >"$dir/port"
  if [ "$(cat "$dir/kind")" = brokers ]; then
    echo "bootstrap=$KAFKA_BROKERS behind= proxy= secure= ca= kind=brokers"
    return
  fi
  if ! running "$dir"; then
    for each in 0 1 2 4; do
      ! taken $((port + each)) || { [ -n "$known" ] || rm -f "$dir/port"; fail "somebody has port $((port + each))"; }
    done
    "start_$(cat "$dir/kind")" "$dir" "$port"
    watch_owner "$dir"
    (await_started "$dir") || { [ -n "$known" ] || forget "$dir"; exit 1; }
  fi
  exec 8>&-
  local secure="secure= ca="
  [ "$(cat "$dir/kind")" = docker ] || secure="secure=127.0.0.1:$((port + 4)) ca=$CACHE/tls.pem"
  echo "bootstrap=127.0.0.1:$port behind=127.0.0.1:$((port + 2)) proxy=127.0.0.1:$((port + 3)) $secure kind=$(cat "$dir/kind")"
}

# Sends a signal; TERM and KILL also wait for the end.
signal() {
  local dir pid
  dir="$(cd "$1" 2>/dev/null && pwd)" || return 0
  [ -f "$dir/kind" ] || return 0
  case "$(cat "$dir/kind")" in
  brokers) [ "$2" = TERM ] || fail "KAFKA_BROKERS is someone's cluster: it is not killed or paused" ;;
  docker)
    case "$2" in
    TERM) docker stop -t 30 "$(container "$dir")" >/dev/null ;;
    KILL) docker kill "$(container "$dir")" >/dev/null ;;
    STOP) docker pause "$(container "$dir")" >/dev/null ;;
    CONT) docker unpause "$(container "$dir")" >/dev/null ;;
    esac
    ;;
  java)
    [ -f "$dir/kafka.pid" ] || return 0
    pid="$(cat "$dir/kafka.pid")"
    kill -s "$2" "$pid" 2>/dev/null || true
    case "$2" in STOP | CONT) return 0 ;; esac
    for _ in $(seq 600); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$dir/kafka.pid"
    ;;
  esac
}

remove() {
  local dir
  dir="$(cd "$1" 2>/dev/null && pwd)" || return 0
  [ -f "$dir/kind" ] || fail "$dir was not made by this script: not removed"
  # Nothing in it will be wanted again, so there is no need to let it stop in its own time.
  if [ "$(cat "$dir/kind")" = java ]; then signal "$dir" KILL; else signal "$dir" TERM; fi
  [ "$(cat "$dir/kind")" != docker ] || docker rm -f "$(container "$dir")" >/dev/null 2>&1 || true
  rm -rf "$dir"
}

run() {
  case "$(kind tools)" in
  docker) docker run --rm -i --network host --entrypoint /opt/kafka/bin/kafka-run-class.sh "$IMAGE" "$@" ;;
  *) command -v "$JAVA" >/dev/null || fail "Kafka's own tools need Java 17 or Docker"; tool "$@" ;;
  esac
}

case "${1:-}" in
up) up "${2:?a folder for its data}" "${3:-}" ;;
down) signal "${2:?the folder given to up}" TERM ;;
kill) signal "${2:?the folder given to up}" KILL ;;
pause) signal "${2:?the folder given to up}" STOP ;;
resume) signal "${2:?the folder given to up}" CONT ;;
remove) remove "${2:?the folder given to up}" ;;
fetch) [ "$(kind)" != java ] || fetch ;;
run) shift; run "$@" ;;
*) sed -n '2,23p' "$SELF"; exit 2 ;;
esac
