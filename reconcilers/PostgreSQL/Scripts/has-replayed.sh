# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Succeeds where the control file says at most so much of what a standby must have as much of as its primary.
#
# data: the data directory
# bin: the directory of PostgreSQL's programs
# label: what pg_controldata calls it
# amount: a number

v=$(LC_ALL=C "$bin/pg_controldata" "$data" | sed -n "s/^$label setting: *//p") && [ -n "$v" ] && [ "$v" -le "$amount" ]
