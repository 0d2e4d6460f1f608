# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After work-mark.sh, no-server.sh and failover-mark.sh. Marks what lies here as not to be started any more. Before anything is
# touched it is asked whether somebody else has brought the node back since it was observed, or replaced the one that it is
# to follow (then the mark goes again). Nor is another's mark taken away: what its interrupted copy has left is neither rewound
# nor started.
#
# mark: the mark of unfinished work
# words: what it says

[ ! -e "$mark" ] || { echo "since this host was observed somebody has begun a copy here" >&2; exit 1; }
mark_work "$mark" "$words" || exit 1
{ no_server && no_other_failover; } || { rm -f "$mark"; exit 1; }
