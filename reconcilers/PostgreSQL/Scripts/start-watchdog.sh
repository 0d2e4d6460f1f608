# shellcheck shell=sh disable=SC2154  # `record` is of record.sh
#
# After stop-watchdog.sh. The one before ends by itself when the file names another.

stop_watchdog
setsid sh "$record.guard" </dev/null >/dev/null 2>&1 &
