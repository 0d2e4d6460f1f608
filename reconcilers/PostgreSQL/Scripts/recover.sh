# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After work-mark.sh. Replays the log that was brought, to its end or to a moment, and stops the server.
#
# data: the data directory
# mark: the mark of unfinished work
# bin: the directory of PostgreSQL's programs
# log: what the server says meanwhile
# options: those of the server

cd "$data" && mark_work "$mark" "$(sed 's/^[0-9 ]*//' "$mark")" || exit 1
rm -f "$log"
sed -i -E '/^(restore_command|recovery_|archive_cleanup_command|primary_conninfo|primary_slot_name)/d' postgresql.auto.conf
"$bin/pg_ctl" start -D "$data" -w -t 2000000 -s -l "$log" -o "$options" || { tail -n 12 "$log" >&2; exit 1; }
# pg_ctl calls it started as soon as it replays; it is ready when it is through.
while p=; read -r p <postmaster.pid && [ -d "/proc/$p" ]; do
  case $(sed -n 8p postmaster.pid) in ready*) break;; esac; sleep 0.2
done 2>/dev/null
[ ! -e recovery.signal ] || { echo "the server did not come out of recovery" >&2; tail -n 12 "$log" >&2; exit 1; }
"$bin/pg_ctl" stop -D "$data" -m fast -w -t 2000000 -s || exit 1
rm -rf barman_wal .barman-recover.info "$log"
sed -i 's/recovery/creation/' "$mark"
