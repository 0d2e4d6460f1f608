# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After work.sh, no-server.sh and failover-unchanged.sh. Makes the data directory an empty one, if what is in it is an
# unfinished clone of ours, and records it as that.
#
# data: the data directory

find_section work; unfinished=$found
if [ -n "$unfinished" ]; then
  at_work && { echo "a clone is at work here (process $p)" >&2; exit 1; }
  no_server || exit 1
elif [ -e "$data" ] && [ -n "$(ls -A "$data")" ]; then
  echo "$data is not empty, and nothing is recorded of an unfinished clone" >&2; exit 1
fi
mkdir -p "$(dirname "$data")" && begin_work clone || exit 1
# What comes here after a refusal is not ours to empty.
no_other_failover || { [ -n "$unfinished" ] || end_work; exit 1; }
# A promotion of what was here is past.
find_section failover
case $found in failover=promoting*) write_section failover '' || exit 1;; esac
mkdir -p "$data" && { [ -z "$unfinished" ] || find "$data" -mindepth 1 -delete; } && chmod 0700 "$data"
