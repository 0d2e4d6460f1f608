# shellcheck shell=sh disable=SC2154  # `daemon` is of find-repmgrd.sh; the arguments are set before this text
#
# After find-repmgrd.sh. repmgr's own service command where the file declares one, and otherwise the program, with repmgr.conf's
# log_file.
#
# bin: the directory of repmgr's programs
# configuration_file: repmgr.conf
# has_command: `yes` where repmgrd_service_start_command is declared

find_repmgrd
[ -n "$daemon" ] && exit 0
if [ "$has_command" = yes ]; then
  "$bin/repmgr" -f "$configuration_file" daemon start
else
  make_record_directory; rm -f "$record.repmgrd.pid"; "$bin/repmgrd" -f "$configuration_file" -d -p "$record.repmgrd.pid"
fi
