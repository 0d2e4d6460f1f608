# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# Defines `start_fast`: the service's own command, left to its end in the background once the server accepts connections.
#
# bin: the directory of PostgreSQL's programs
# port: the server's
# start: the command that starts it, as text for this shell

start_fast() {
  o=$(mktemp) || exit 1
  eval "exec $start" >"$o" 2>&1 </dev/null & s=$!
  until "$bin/pg_isready" -q -p "$port"; do
    kill -0 "$s" 2>/dev/null || { wait "$s" && break; r=$?; cat "$o" >&2; rm -f "$o"; exit $r; }
    sleep 0.005
  done
  rm -f "$o"
}
