# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After work.sh. Replays the log that was brought, to its end or to a moment, and stops the server.
#
# data: the data directory
# bin: the directory of PostgreSQL's programs
# options: those of the server

find_section work
own=; case $found in *work.configuration=*) own='work.configuration=yes
';; esac
cd "$data" && begin_work recovery "$own" || exit 1
log=$record.recovery.log; rm -f "$log"
sed -i -E '/^(restore_command|recovery_|archive_cleanup_command|primary_conninfo|primary_slot_name)/d' postgresql.auto.conf
"$bin/pg_ctl" start -D "$data" -w -t 2000000 -s -l "$log" -o "$options" || { tail -n 12 "$log" >&2; exit 1; }
# pg_ctl calls it started as soon as it replays; it is ready when it is through.
while p=; read -r p <postmaster.pid && [ -d "/proc/$p" ]; do
  case $(sed -n 8p postmaster.pid) in ready*) break;; esac; sleep 0.2
done 2>/dev/null
[ ! -e recovery.signal ] || { echo "the server did not come out of recovery" >&2; tail -n 12 "$log" >&2; exit 1; }
"$bin/pg_ctl" stop -D "$data" -m fast -w -t 2000000 -s || exit 1
rm -rf barman_wal .barman-recover.info "$log"
write_section work "work=creation
$own"
