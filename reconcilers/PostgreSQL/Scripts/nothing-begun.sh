# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After server-processes.sh. A copy that begins later finds the note of who is promoted; one that began since the node was
# observed would end as a standby of the replaced primary, and could confirm its commits.
#
# mark: the mark of unfinished work
# observed: what it said, without the newline at its end

m=$(cat "$mark" 2>/dev/null)
[ "$m" = "$observed" ] || { echo "a copy was begun here: $m" >&2; exit 1; }
is_down
