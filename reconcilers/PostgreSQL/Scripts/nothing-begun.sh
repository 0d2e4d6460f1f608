# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After record.sh and server-processes.sh. A copy that begins later finds who is promoted in the record; one that began since the
# node was observed would end as a standby of the replaced primary, and could confirm its commits.
#
# observed: the section of unfinished work, as it was observed

find_section work
[ "$found" = "$observed" ] || { echo "a copy was begun here: $found" >&2; exit 1; }
is_down
