# shellcheck shell=sh disable=SC2154  # the variables are those of take-away.sh, and arguments
#
# After take-away.sh. Removes the note of a switchover from the host of a standby, if that streams.
#
# node: its name
# streams(): prints `t` if it does

take_away
s=$(streams)
[ "$s" = t ] || {
  mv "$moved" "$note"; echo "$node does not stream: the note of the switchover stays" >&2; exit 1
}
rm -f "$moved"
