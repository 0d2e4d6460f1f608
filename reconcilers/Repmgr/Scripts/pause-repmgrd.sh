# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Keeps repmgrd on this node from acting by itself; a file says that it was pgregent who did.
#
# daemon_mark: the path of that file
# is_paused(): prints `t` if it is paused
# pause(): pauses it

r=$(is_paused) || exit 1
[ "$r" = t ] && exit 0
: >"$daemon_mark" && pause >/dev/null
