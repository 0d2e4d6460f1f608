# shellcheck shell=sh disable=SC2015,SC2016,SC2034,SC2046,SC2154  # meant: `A && B || C`, an inner shell's `$1`, what record.sh uses, process ids as words; the arguments are set before
#
# After record.sh and server-processes.sh. The watchdog itself, for as long as its process id file names it.
#
# guarded: why it stops the server, as a section of the record
# bin: the directory of PostgreSQL's programs
# port: the server's
# seconds: of loneliness
# $@: host and port of each of the others

# At most 15 bytes: find-watchdog.sh knows it by this name.
echo pgregent-guard >/proc/$$/comm
find_directory
echo $$ >"$record.guard.pid"
LC_ALL=C; export LC_ALL
# Others may be about to replace this primary.
lock_patience=1

# Prints a word when the host accepts or refuses a connection: then it is there.
see() {
  r=$(timeout 1 bash -c 'exec 3<>"/dev/tcp/$1/$2"' - "$1" "$2" 2>&1) && { echo seen; return; }
  case $r in *refused*) echo seen;; esac
}
peers() {
  while [ $# -gt 1 ]; do see "$1" "$2" & shift 2; done
  wait
}
streams() {
  timeout 2 "$bin/psql" -XAtq -p "$port" -d postgres -c "SELECT 'seen' FROM pg_stat_replication
    WHERE state = 'streaming' AND reply_time > now() - interval '$seconds s' LIMIT 1" 2>/dev/null
}
halt() {
  write_section stopped "$guarded"
  kill -QUIT "$1"; n=0
  while [ -n "$(alive)" ] && [ $n -lt 100 ]; do
    n=$((n+1)); [ $n = 50 ] && kill -KILL $(alive) 2>/dev/null
    sleep 0.02
  done
}

read -r seen _ </proc/uptime; lonely=0
while read -r own <"$record.guard.pid" && [ "$own" = $$ ]; do
  sleep 1
  read -r now _ </proc/uptime
  primary=; [ -r "$directory/postmaster.pid" ] && [ ! -e "$directory/standby.signal" ] &&
    read -r primary <"$directory/postmaster.pid"
  if [ -z "$primary" ] || [ -n "$(peers "$@")" ] || [ -n "$(streams)" ]; then seen=$now; lonely=0; continue; fi
  # Twice at least: one that was frozen for a while looks at an old clock first.
  lonely=$((lonely+1)); read -r now _ </proc/uptime
  [ $lonely -ge 2 ] && [ $((${now%.*} - ${seen%.*})) -ge "$seconds" ] || continue
  halt "$primary"
done
