# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the variables are arguments, or in its environment
#
# The console that is held open, in a session of its own: it ends by itself soon after it could be needed, whatever has become
# of pgregent. In its environment is what open-console.sh knows.
#
# seconds: how long it may live
# deadline: seconds that a command with a deadline may take

echo $$ >"$h/pid"
mine() { read -r p <"$h/pid" && [ "$p" = $$ ]; } 2>/dev/null
{
  c=0; t=0
  while sleep 1 && mine && [ ! -e "$h/last" ] && [ $t -le "$seconds" ]; do
    t=$((t+1))
    [ -e "$h/asked" ] && [ ! -e "$h/answered" ] || continue
    [ $c -lt "$deadline" ] || { true >"$h/late"; break; }
    c=$((c+1))
  done
  [ ! -e "$h/last" ] || ! mine || rm -rf "$h"
  kill -- -$$
} &
timeout --foreground "$seconds" "$pb_psql" -X -q -h "$pb_dir" -p "$pb_port" -U "$pb_user" -d pgbouncer \
  <>"$h/in" 1<>"$h/out" 2>&1
mine && rm -rf "$h"
trap '' TERM; kill -- -$$
