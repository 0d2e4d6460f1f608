# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After failover-unchanged.sh. Records a failover in the place of the one that was observed, and of no other.
#
# words: the section, without what is drawn here
# id_line, time_line: how the lines begin that say which one it is, and when it was
# keeps_time: `yes` where it keeps the time of the one before

record_failover() {
  no_other_failover || return
  time=; case $found in *"$time_line"*) time=${found##*"$time_line"}; time=${time%%
*};; esac
  [ "$keeps_time" = yes ] && [ -n "$time" ] || time=$(date +%s) || return
  read -r id </proc/sys/kernel/random/uuid || return
  put_section failover "$words$id_line$id
$time_line$time
"
}
with_record record_failover
