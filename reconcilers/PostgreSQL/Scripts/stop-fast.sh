# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# Defines `stop_fast`: a signal to the postmaster (SIGINT: fast shutdown), and a close look. Clients wait: no program is
# started but the sleep between two observations, as long as all goes well.
#
# Its last act is to wait until everybody that streams from it has confirmed all of its log, for as long as wal_sender_timeout, or
# for ever: a receiver that stands still, Barman's or any reader of changes, would hold up the clients. Once the checkpoint of the
# shutdown is written, who has not confirmed it in `confirm_looks` looks is sent away. Whether the new primary has it is proven
# afterwards.
#
# data: the data directory
# bin: the directory of PostgreSQL's programs

stop_fast() {
  read -r p <"$data/postmaster.pid" && kill -INT "$p" || exit 1
  n=0; confirm_looks=100
  while [ -d "/proc/$p" ] && [ -e "$data/postmaster.pid" ]; do
    n=$((n+1)); [ $n -lt 2000 ] || { echo "the postmaster (process $p) still runs" >&2; exit 1; }
    [ $n -lt $confirm_looks ] || [ $((n % 20)) != 0 ] || ! is_written || end_senders
    sleep 0.005
  done
}
is_written() {
  case $(LC_ALL=C "$bin/pg_controldata" "$data" 2>/dev/null) in *'cluster state:'*' shut down'*) return 0;; esac
  return 1
}
end_senders() {
  for w in /proc/[0-9]*; do
    s=; 2>/dev/null read -r s <"$w/stat" || continue
    # The fourth field: its parent. The name of a program, in parentheses, may hold anything.
    # shellcheck disable=SC2086  # it is taken apart
    set -- ${s##*) }
    [ "$2" = "$p" ] || continue
    case $(tr '\0' ' ' <"$w/cmdline" 2>/dev/null) in postgres:*walsender*) kill -TERM "${w#/proc/}" 2>/dev/null;; esac
  done
}
