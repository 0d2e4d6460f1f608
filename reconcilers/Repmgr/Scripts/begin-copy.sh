# shellcheck shell=sh disable=SC2154  # the argument is set before this text
#
# After work.sh, no-server.sh and failover-unchanged.sh. Records that what lies here is not to be started any more. Before anything
# is touched it is asked whether somebody else has brought the node back since it was observed, or replaced the one that it
# is to follow (then nothing is recorded). Nor is another's work taken away: what an interrupted copy has left is neither
# rewound nor started.
#
# kind: of work

find_section work
[ -z "$found" ] || { echo "since this host was observed somebody has begun a copy here" >&2; exit 1; }
begin_work "$kind" || exit 1
{ no_server && no_other_failover; } || { end_work; exit 1; }
