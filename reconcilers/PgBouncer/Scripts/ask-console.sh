# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After console.sh. Asks the console.
#
# $@: more words for psql

find_console
pb_console -q "$@"
