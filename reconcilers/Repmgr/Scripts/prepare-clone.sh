# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After work-mark.sh, no-server.sh and failover-mark.sh. Makes the data directory an empty one, if what is in it is an
# unfinished clone of ours, and marks it as that.
#
# data: the data directory
# mark: the mark of unfinished work

unfinished=
if [ -e "$mark" ]; then
  unfinished=yes; at_work "$mark" && { echo "a clone is at work here (process $p)" >&2; exit 1; }
  no_server || exit 1
elif [ -e "$data" ] && [ -n "$(ls -A "$data")" ]; then
  echo "$data is not empty, and no mark says that it is an unfinished clone" >&2; exit 1
fi
mkdir -p "$(dirname "$data")" && mark_work "$mark" 'unfinished clone' || exit 1
# What comes here after a refusal is not ours to empty.
no_other_failover || { [ -n "$unfinished" ] || rm -f "$mark"; exit 1; }
mkdir -p "$data" && { [ -z "$unfinished" ] || find "$data" -mindepth 1 -delete; } && chmod 0700 "$data"
