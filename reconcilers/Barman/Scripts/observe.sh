# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After receiver-runs.sh, in a probe (`HostProbe`): what the backup host is asked about Barman.
#
# configuration_file: Barman's of this server
# service_file: libpq's
# ssh_file: OpenSSH's
# passfile: libpq's
# archive: the directory of the archived log
# as_root: how a file may be written as root
# server: Barman's name of the server
# deep: `yes`: ask `barman check` as well

programs bm.absent barman psql pg_receivewal
file bm.conf "$configuration_file"
file bm.service "$service_file"
file bm.ssh "$ssh_file"
file bm.passfile "$passfile"
[ -d "$archive" ] && [ -n "$(find "$archive" -type f -name '0*' -print -quit 2>/dev/null)" ] && echo bm.archive yes
writable bm.unwritable "$as_root" "$configuration_file"
receiver_runs && echo bm.receiver yes
[ "$deep" != yes ] || told bm.check barman check "$server"
