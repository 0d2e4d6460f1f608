# shellcheck shell=sh disable=SC2154  # `pb_pid` is of console.sh; the arguments are set before this text
#
# After console.sh, in a probe (`HostProbe`): what a host is asked about PgBouncer, as the account that this runs as, whom its
# socket lets in as the console's user without a password.
#
# pb_ini: pgbouncer.ini
# pb_auth: its file of users
# node_hosts: the hosts of the cluster's nodes
# field: what parts the fields of an answer
# record: what parts its records
# boundary: what parts the answers
# as_root: how a file may be written as root

# Of the answers to SHOW POOLS and SHOW SERVERS: the databases whose clients wait while no connection to a server is open or being
# opened; and the busy connections of which the configuration says no more, each with its address.
clients() {
  printf %s "$1" | awk -v RS="$boundary" -v rs="$record" -v fs="$field" '
    { n = split($0, row, rs); k = split(row[1], name, fs); sub(/^\n/, "", name[1]); sub(/\n$/, "", name[k]) }
    NR == 1 {
      for (i = 2; i <= n; i++) {
        split(row[i], v, fs)
        for (j = 2; j <= k; j++) {
          if (name[j] ~ /^sv_/) servers[v[1]] += v[j]
          if (name[j] == "cl_waiting") waiting[v[1]] += v[j]
        }
      }
      for (d in waiting) if (waiting[d] && !servers[d] && d != "pgbouncer") print "pb.standing " d
    }
    NR == 2 {
      for (i = 2; i <= n; i++) {
        split(row[i], v, fs)
        for (j = 1; j <= k; j++) f[name[j]] = v[j]
        if (f["state"] == "active" && f["close_needed"] == "1") print "stray " f["addr"] " " f["database"]
      }
    }'
}
# A client that has just come waits for a moment, too.
standing_still() {
  sleep 0.5
  again=$(clients "$(pb_console -q -A -P footer=off -F "$field" -R "$record" -c 'SHOW POOLS' 2>/dev/null)")
  printf '%s\n' "$1" | while IFS= read -r l; do
    case "
$again
" in *"
$l
"*) printf '%s\n' "$l";; esac
  done
}
strays() {
  set -f
  while read -r _ address database; do
    # shellcheck disable=SC2086  # a list
    for h in $node_hosts; do
      getent ahosts "$h" | while read -r a _; do [ "$a" != "$address" ] || echo "pb.stray $h $database"; done
    done
  done | sort -u
}

file pb.conf "$pb_ini"
file pb.auth "$pb_auth"
programs pb.absent pgbouncer psql
find_console
p=; [ -r "$pb_pid" ] && read -r p <"$pb_pid"
c=; [ -n "$p" ] && [ -r "/proc/$p/comm" ] && read -r c <"/proc/$p/comm"
case $c in pgbouncer*) echo pb.running yes;; esac
if o=$(pb_console -q -A -P footer=off -F "$field" -R "$record" <<SQL 2>&1
SHOW VERSION;
\\echo $boundary
SHOW DATABASES;
\\echo $boundary
SHOW CONFIG;
\\echo $boundary
\\echo ${boundary}clients
SHOW POOLS;
\\echo $boundary
SHOW SERVERS;
SQL
); then
  text pb.console "${o%%
"$boundary"clients*}"
  o=$(clients "${o##*"$boundary"clients}")
  case $o in *stray' '*) printf '%s\n' "$o" | grep '^stray ' | strays;; esac
  case $o in *pb.standing*) standing_still "$(printf '%s\n' "$o" | grep '^pb.standing ')";; esac
else text pb.refused "$o"; fi
writable pb.unwritable "$as_root" "$pb_ini" "$pb_auth"
