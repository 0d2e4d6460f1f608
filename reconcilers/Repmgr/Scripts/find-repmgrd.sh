# shellcheck shell=sh disable=SC2034,SC2154  # `daemon` is for the caller; `record` is of record.sh
#
# After record.sh. Defines `find_repmgrd`, which sets `daemon` to the process id of a running repmgrd, wherever it was started
# from; or to nothing.

find_repmgrd() {
  daemon=
  for f in "$record.repmgrd.pid" /run/repmgrd.pid /tmp/repmgrd.pid /var/run/repmgr/repmgrd.pid; do
    # repmgrd ends its file without a newline, and `read` then fails.
    p=; [ -r "$f" ] && { read -r p <"$f" || :; }
    c=; [ -n "$p" ] && [ -r "/proc/$p/comm" ] && read -r c <"/proc/$p/comm"
    [ "$c" = repmgrd ] && daemon=$p
  done
}
