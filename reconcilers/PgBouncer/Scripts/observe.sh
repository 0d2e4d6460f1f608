# shellcheck shell=sh disable=SC2154  # `pb_pid` is of console.sh; the arguments are set before this text
#
# After console.sh, in a probe (`HostProbe`): what a host is asked about PgBouncer, as the account that this runs as, whom its
# socket lets in as the console's user without a password.
#
# pb_ini: pgbouncer.ini
# pb_auth: its file of users
# field: what parts the fields of an answer
# record: what parts its records
# boundary: what parts the answers
# as_root: how a file may be written as root

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
SQL
); then text pb.console "$o"; else text pb.refused "$o"; fi
writable pb.unwritable "$as_root" "$pb_ini" "$pb_auth"
