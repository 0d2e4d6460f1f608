# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After receiver-runs.sh. Barman ends its own process and leaves pg_receivewal behind when that waits for a source that
# vanished; nothing of Barman's knows that one any more. What it has written stays, as a partial segment that the next one
# goes on with.
#
# server: Barman's name of the server
# receiver: the pattern of its command line, for pkill

gone() { n=0; while receiver_runs; do n=$((n+1)); [ $n -lt "$1" ] || return 1; sleep 0.05; done; }
receiver_runs || exit 0
r=$(barman receive-wal --stop "$server" 2>&1); gone 20 && exit 0
for s in TERM KILL; do pkill -$s -u "$(id -u)" -f "$receiver"; gone 40 && exit 0; done
echo "$r" >&2; exit 1
