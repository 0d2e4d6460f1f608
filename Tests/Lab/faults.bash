# lab kill, start, freeze, thaw, cut, heal, stop-service: what happens to hosts.
# shellcheck shell=bash

one_host() { # ARG… -> HOST
  take_name 1 "$@"
  HOST=${ARGS[0]-}
  known_host "$HOST"
  ((${#ARGS[@]} == 1)) || fail "one host, and nothing after it: '${ARGS[*]:1}'"
}

# A dying process closes its connections, and its peers would hear of it. A host without power says nothing: cable first.
command_kill() {
  one_host "$@"
  switch_pid
  host_pid "$HOST"
  in_switch ip link set "$HOST" down
  kill -KILL "$HOST_PID"
  wait_gone "$STATE/hosts/$HOST/pid" || fail "$HOST: process $HOST_PID was killed and is still there after 10 s; 'lab down' removes the whole lab"
  rm -f "$STATE/hosts/$HOST/pid"
}

command_start() {
  one_host "$@"
  switch_pid
  if alive "$STATE/hosts/$HOST/pid"; then say "$HOST is on already"; return; fi
  rm -f "$STATE/hosts/$HOST/pid"
  launch "$HOST"
  wait_up "$HOST" || fail "$HOST could not be powered on"
}

# kill -1 reaches everything but process 1, in one system call, so nothing can fork its way out.
signal_all() { nsenter --target "$HOST_PID" --pid /bin/bash -c "kill -$1 -1" 2>/dev/null || true; }    # there may be nothing else

command_freeze() {
  one_host "$@"
  host_pid "$HOST"
  kill -STOP "$HOST_PID"
  signal_all STOP
}

# nsenter stops itself when its command is stopped: a `lab exec` that was under way on the host has to be woken as well. Such a
# waiter is outside the host's pid namespace, and its children are in it.
command_thaw() {
  one_host "$@"
  host_pid "$HOST"
  signal_all CONT
  kill -CONT "$HOST_PID"
  local process inside=/proc/$HOST_PID/ns/pid
  for process in /proc/[0-9]*; do
    if [[ $process/ns/pid_for_children -ef $inside && ! $process/ns/pid -ef $inside ]]; then
      kill -CONT "${process#/proc/}" 2>/dev/null || true
    fi
  done
}

# The cuts file holds what is cut, one line each: `vm1` (its cable is out), `vm1 *` (nothing it sends arrives), `vm1 vm2`
# (nothing it sends arrives there). The network is set from it as a whole, and `lab start` reads it too.
change_cuts() { # FUNCTION ARG…
  switch_pid
  exec 7>> "$STATE/cuts.lock"
  flock 7
  "$@" | sort -u > "$STATE/cuts.new"
  mv "$STATE/cuts.new" "$STATE/cuts"
  apply_cuts
  exec 7>&-
}

apply_cuts() {
  local host from to unplugged=' ' links='' rules=$'flush set bridge cuts mute\nflush set bridge cuts pairs'
  while read -r from to; do
    case $to in
      '') unplugged+="$from " ;;
      '*') rules+=$'\n'"add element bridge cuts mute { \"$from\" }" ;;
      *) rules+=$'\n'"add element bridge cuts pairs { \"$from\" . \"$to\" }" ;;
    esac
  done < "$STATE/cuts"
  hosts
  for host in "${HOSTS[@]}"; do
    if [[ $unplugged == *" $host "* ]]; then links+="link set $host down"$'\n'; else links+="link set $host up"$'\n'; fi
  done
  in_switch nft -f - <<< "$rules"
  # A host that is powered off has no link: that is no error.
  in_switch ip -force -batch - <<< "$links" 2>> "$STATE/log" || true
}

with_cut() { # HOST ONE_WAY FROM…
  local host=$1 one_way=$2 from
  shift 2
  cat "$STATE/cuts"
  if (($# == 0)); then
    if [[ $one_way ]]; then echo "$host *"; else echo "$host"; fi
  fi
  for from; do
    echo "$host $from"
    [[ $one_way ]] || echo "$from $host"
  done
}

without_cuts() { # [HOST]
  [[ -z ${1-} ]] || awk -v host="$1" '$1 != host && $2 != host' "$STATE/cuts"
}

command_cut() {
  take_name 99 "$@"
  set -- "${ARGS[@]}"
  local host='' one_way='' from=()
  while (($#)); do
    case $1 in
      --one-way) one_way=yes ;;
      --from) (($# >= 2)) || fail "--from needs a host"; from+=("$2"); shift ;;
      --from=*) from+=("${1#*=}") ;;
      -*) fail "lab cut has no option '$1'" ;;
      *) [[ -z $host ]] || fail "one host to cut, and the others each after --from"; host=$1 ;;
    esac
    shift
  done
  known_host "$host"
  local other
  for other in "${from[@]}"; do known_host "$other"; done
  change_cuts with_cut "$host" "$one_way" "${from[@]}"
}

command_heal() {
  take_name 1 "$@"
  [[ -z ${ARGS[0]-} ]] || known_host "${ARGS[0]}"
  [[ -d $STATE ]] || switch_pid
  change_cuts without_cuts "${ARGS[0]-}"
}

# shellcheck disable=SC2016
readonly STOP_POSTGRESQL='
  pg_lsclusters -h | while read -r version cluster _ status _; do
    [[ $status != online* ]] || pg_ctlcluster "$version" "$cluster" stop -m fast
  done'
# SIGINT is what the Debian unit sends: PgBouncer waits for running transactions; after 10 s it is told to go.
readonly STOP_PGBOUNCER='
  pkill -INT -x pgbouncer || exit 0
  for try in {1..200}; do pgrep -x pgbouncer > /dev/null || exit 0; sleep 0.05; done
  pkill -TERM -x pgbouncer'
readonly STOP_BARMAN='
  barman list-servers --minimal | while read -r server; do barman receive-wal --stop "$server"; done
  pkill -x barman || true'

command_stop_service() {
  take_name 2 "$@"
  local host=${ARGS[0]-}
  host_pid "$host"
  case ${ARGS[1]-} in
    postgresql) on_host "$host" postgres bash -c "$STOP_POSTGRESQL" ;;
    pgbouncer) on_host "$host" root bash -c "$STOP_PGBOUNCER" ;;
    barman) on_host "$host" barman bash -c "$STOP_BARMAN" ;;
    # The sessions are the listener's children, and the listener is process 1.
    sshd-sessions) on_host "$host" root pkill -P 1 -x sshd || true ;;
    *) fail "usage: lab stop-service HOST postgresql|pgbouncer|barman|sshd-sessions" ;;
  esac
}
