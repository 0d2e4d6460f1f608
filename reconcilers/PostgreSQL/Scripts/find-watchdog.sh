# shellcheck shell=sh disable=SC2034,SC2154  # `guard` is for the caller; `record` is of record.sh
#
# After record.sh. Defines `find_watchdog`, which sets `guard` to the process id of the running watchdog, or to nothing.

find_watchdog() {
  guard=; p=; [ -r "$record.guard.pid" ] && read -r p <"$record.guard.pid"
  c=; [ -n "$p" ] && [ -r "/proc/$p/comm" ] && read -r c <"/proc/$p/comm"
  [ "$c" = pgregent-guard ] && guard=$p
}
