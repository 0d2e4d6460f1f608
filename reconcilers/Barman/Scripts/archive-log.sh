# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# What has been received and not archived yet would be missing at the end. Barman's own cron may be at the same work.
#
# server: Barman's name of the server

barman receive-wal --stop "$server" >/dev/null 2>&1
n=0
until o=$(barman archive-wal "$server" 2>&1); do
  n=$((n+1)); [ "$n" -lt 15 ] || { echo "$o" >&2; exit 1; }
  sleep 2
done
