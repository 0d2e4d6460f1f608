# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After stop-watchdog.sh. The one before ends by itself when the file names another.
#
# watchdog: the path of its script

stop_watchdog
setsid sh "$watchdog" </dev/null >/dev/null 2>&1 &
