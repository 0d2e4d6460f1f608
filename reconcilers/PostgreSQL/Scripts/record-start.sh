# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After record.sh. Records that a crashed primary is started again, and when.
#
# section: its name
# time: how the line of the time begins

now=$(date +%s) || exit
write_section "$section" "$section=again
$time=$now
"
