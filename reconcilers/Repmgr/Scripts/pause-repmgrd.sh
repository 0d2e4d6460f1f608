# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After record.sh. Keeps repmgrd on this node from acting by itself; the record says that it was pgregent who did.
#
# section: of the record
# is_paused(): prints `t` if it is paused
# pause(): pauses it

r=$(is_paused) || exit 1
[ "$r" = t ] && exit 0
write_section "$section" "$section=paused
" && pause >/dev/null
