# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After console.sh. Clients are held, on every host at once: nothing here starts a program or a further shell, but `plain` its
# psql, where no console is held open.
#
# Defines `is_held_open`, which sets `h` to the directory of the console and `p` to its process; `is_still_there`, which is
# false where the next run has made a console of its own since; `talk COMMAND…`, which gives commands to it; and
# `plain COMMAND…`, which does the same without it.
#
# plain_seconds: how long `plain` may take

h=$HOME/.pgregent-console
is_held_open() { p=; [ -r "$h/pid" ] && [ ! -e "$h/last" ] && read -r p <"$h/pid" && [ -d "/proc/$p" ]; }
is_still_there() { { read -r n <"$h/pid"; } 2>/dev/null && [ "$n" = "$p" ]; }
# Each command is followed by a word of ours that says whether it was refused. The pipe of the answers is opened before
# anything is asked: a psql that has ended takes it away.
talk() {
  n=$#; f=
  {
    printf '%s;\n\\echo pgregent :ERROR\n' "$@" >"$h/in"
    while [ $n -gt 0 ] && read -r l; do
      case $l in 'pgregent false') n=$((n-1));; 'pgregent true') n=$((n-1)); f=1;; *) printf '%s\n' "$l" >&2;; esac
    done
  } <"$h/out"
  [ $n = 0 ] && [ -z "$f" ]
}
plain() {
  find_console
  export PGCONNECT_TIMEOUT=3
  for pb_command; do shift; set -- "$@" -c "$pb_command"; done
  timeout "$plain_seconds" "$pb_psql" -X -q -h "$pb_dir" -p "$pb_port" -U "$pb_user" -d pgbouncer -v ON_ERROR_STOP=1 "$@"
}
