# shellcheck shell=sh disable=SC2034,SC2154  # `pb_pid` is for the caller; the arguments are set before this text
#
# Defines `find_console`, which finds the socket, and the process id file, which are the running configuration's matter; and
# `pb_console`: psql on the console. Clients may be held meanwhile: no process but psql is started.
#
# pb_ini: pgbouncer.ini
# pb_usual_port: the declared port
# pb_program: the declared psql
# pb_user: the console's user

find_console() {
  pb_dir=/tmp; pb_pid=; pb_port=$pb_usual_port; pb_listen=
  if [ -r "$pb_ini" ]; then while IFS='=	 ' read -r pb_key pb_value || [ -n "$pb_key" ]; do
    case $pb_key in
      unix_socket_dir) pb_dir=${pb_value:-/tmp};;
      pidfile) pb_pid=$pb_value;;
      listen_port) pb_listen=$pb_value;;
    esac
  done <"$pb_ini"; fi
  [ -S "$pb_dir/.s.PGSQL.$pb_port" ] || pb_port=$pb_listen
  pb_psql=$pb_program; [ -x "$pb_psql" ] || pb_psql=psql
}
pb_console() {
  PGCONNECT_TIMEOUT=3 PGAPPNAME=pgregent "$pb_psql" -X -h "$pb_dir" -p "${pb_port:-$pb_usual_port}" -U "$pb_user" \
    -d pgbouncer -v ON_ERROR_STOP=1 "$@"
}
