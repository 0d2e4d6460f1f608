# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After record.sh. Removes what the record of a standby tells of a switchover, if the standby streams.
#
# node: its name
# observed: the section
# streams(): prints `t` if it does

find_section switchover
[ -n "$found" ] || exit 0
swap_section switchover "$observed" '' || exit 1
s=$(streams)
[ "$s" = t ] || {
  swap_section switchover '' "$observed"
  echo "$node does not stream: what its record tells of the switchover stays" >&2; exit 1
}
