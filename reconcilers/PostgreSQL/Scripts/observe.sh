# shellcheck shell=sh disable=SC2154  # `guard` is of find-watchdog.sh; the arguments are set before this text
#
# After work.sh and find-watchdog.sh, in a probe (`HostProbe`): what a node is asked about PostgreSQL.
#
# data: the data directory
# bin: the directory of PostgreSQL's programs
# program_names: what has to be there
# configuration_file: postgresql.conf
# hba_file: pg_hba.conf
# $@: the directories that are made where they are missing

entries() { n=0; for e; do [ -e "$e" ] && n=$((n+1)); done; echo "pg.data other $n"; }
if [ ! -e "$data" ]; then echo pg.data missing
elif [ ! -r "$data" ] || [ ! -x "$data" ]; then echo pg.data unreadable
elif [ -e "$data/PG_VERSION" ]; then echo pg.data cluster; LC_ALL=C told pg.control "$bin/pg_controldata" "$data"
else entries "$data"/* "$data"/.[!.]*; fi
exists pg.standby -e "$data/standby.signal"
p=; [ -r "$data/postmaster.pid" ] && read -r p <"$data/postmaster.pid"
c=; [ -n "$p" ] && [ -r "/proc/$p/comm" ] && read -r c <"/proc/$p/comm"
# One that was killed keeps its name until it has been waited for.
[ -n "$c" ] && while read -r k v _; do case $k$v in State:[ZX]) c=;; State:*) break;; esac; done <"/proc/$p/status"
case $c in
postgres*|postmaster*) echo pg.postmaster yes;;
*) echo pg.postmaster no; t=; for t in "$data"/pg_wal/????????????????????????; do :; done
  t=${t##*/}; echo "pg.log-timeline ${t%????????????????}";;
esac
file pg.record "$record"
find_section failover; [ -z "$found" ] || echo "pg.now $(date +%s)"
if at_work; then echo pg.at-work yes; fi
find_watchdog
file pg.guard "$record.guard"; exists pg.guarded -n "$guard"
[ ! -d "$data" ] || echo "pg.free $(stat -f -c '%a %S' "$data")"
for f in "$data".pgregent-*; do [ -e "$f" ] && echo "pg.old-record ${f##*.pgregent-}"; done
w=$record; while [ ! -e "$w" ] && [ "$w" != / ]; do w=${w%/*}; w=${w:-/}; done
[ -w "$w" ] || echo "pg.record-unwritable $w"
# shellcheck disable=SC2086  # names without spaces
PATH="$bin:$PATH" programs pg.absent $program_names
file pg.conf "$configuration_file"
file pg.hba "$hba_file"
file pg.passfile "$HOME/.pgpass"
for w; do
  while [ ! -e "$w" ] && [ "$w" != / ]; do w=$(dirname "$w"); done
  [ -w "$w" ] || echo "pg.unwritable $w"
done
