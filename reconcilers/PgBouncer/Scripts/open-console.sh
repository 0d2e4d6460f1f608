# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After console.sh. Starts the console that is held open, and waits for its first word.
#
# live: the text of hold-console.sh

find_console
h=$HOME/.pgregent-console; PGCONNECT_TIMEOUT=3; PGAPPNAME=pgregent
rm -rf "$h"; mkdir -m 700 "$h" && mkfifo "$h/in" "$h/out" || exit 0
export h pb_psql pb_dir pb_port pb_user PGCONNECT_TIMEOUT PGAPPNAME
setsid sh -c "$live" >/dev/null 2>&1 </dev/null &
exec 3<>"$h/in" 4<>"$h/out"
printf '\\echo pgregent ready\n' >&3
r=$(timeout 3 head -n 1 <&4)
[ "$r" = 'pgregent ready' ] || rm -rf "$h"
