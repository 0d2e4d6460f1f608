# shellcheck shell=sh disable=SC2154  # the variables are those of find-watchdog.sh
#
# After find-watchdog.sh. Defines `stop_watchdog`.

stop_watchdog() {
  find_watchdog
  [ -z "$guard" ] || kill "$guard"
  rm -f "$record.guard.pid"
}
