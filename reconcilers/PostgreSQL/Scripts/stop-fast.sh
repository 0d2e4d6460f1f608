# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# Defines `stop_fast`: a signal to the postmaster (SIGINT: fast shutdown), and a close look. Clients wait: no program is
# started but the sleep between two observations.
#
# data: the data directory

stop_fast() {
  read -r p <"$data/postmaster.pid" && kill -INT "$p" || exit 1
  n=0; while [ -d "/proc/$p" ] && [ -e "$data/postmaster.pid" ]; do
    n=$((n+1)); [ $n -lt 2000 ] || { echo "the postmaster (process $p) still runs" >&2; exit 1; }
    sleep 0.005
  done
}
