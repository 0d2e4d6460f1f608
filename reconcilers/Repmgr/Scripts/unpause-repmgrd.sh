# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Lets repmgrd act again, if it was pgregent who paused it.
#
# daemon_mark: the path of the file that says so
# unpause(): lets it act

[ -e "$daemon_mark" ] || exit 0
unpause >/dev/null && rm -f "$daemon_mark"
