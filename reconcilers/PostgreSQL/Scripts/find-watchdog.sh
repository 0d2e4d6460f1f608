# shellcheck shell=sh disable=SC2034,SC2154  # `guard` is for the caller; the argument is set before this text
#
# Defines `find_watchdog`, which sets `guard` to the process id of the running watchdog, or to nothing.
#
# watchdog_file: its process id file

find_watchdog() {
  guard=; p=; [ -r "$watchdog_file" ] && read -r p <"$watchdog_file"
  c=; [ -n "$p" ] && [ -r "/proc/$p/comm" ] && read -r c <"/proc/$p/comm"
  [ "$c" = pgregent-guard ] && guard=$p
}
