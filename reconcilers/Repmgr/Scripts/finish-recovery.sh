# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After no-server.sh. Finishes the recovery of a crashed server. It ends in a checkpoint, and that removes the log before it;
# but pg_rewind reads on from the fork back to the checkpoint before it. So none is removed. What the server itself starts
# with removes it in its time.
#
# data: the data directory
# bin: the directory of PostgreSQL's programs
# configuration_file: postgresql.conf
# keep: the setting that keeps the log

if LC_ALL=C "$bin/pg_controldata" "$data" | grep -q 'state: *shut down$'; then exit 0; fi
no_server || exit 1
rm -f "$data/postmaster.pid"
"$bin/postgres" --single -D "$data" -c "config_file=$configuration_file" -c archive_mode=off -c "$keep" template1 </dev/null
