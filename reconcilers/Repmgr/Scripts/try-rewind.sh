# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Without the log that a rewind needs pg_rewind refuses before it changes anything.
#
# data: the data directory
# bin: the directory of PostgreSQL's programs
# source: the conninfo of the new primary

r=$(LC_ALL=C "$bin/pg_rewind" --dry-run -D "$data" --source-server="$source" 2>&1) && exit 0
printf '%s\n' "$r" "nothing was changed: with failover.rejoin clone, or an empty directory, it is copied anew" >&2
exit 1
