# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After console.sh. Ends PgBouncer where no service does.

find_console
read -r p <"$pb_pid" && kill "$p" && while [ -d "/proc/$p" ]; do sleep 0.05; done
