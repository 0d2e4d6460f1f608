# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After failover-mark.sh. Writes a mark of a failover in the place of the one that was observed, and of no other.
#
# failover_mark: the path of the mark
# words: what it says
# id_prefix: how the line of its id begins
# keeps_time: `yes` where it keeps the time of the one before

no_other_failover || exit 1
read -r i </proc/sys/kernel/random/uuid || exit 1
printf '%s%s%s\n' "$words" "$id_prefix" "$i" >"$failover_mark.new" &&
  { [ "$keeps_time" != yes ] || touch -r "$failover_mark" "$failover_mark.new"; } &&
  mv "$failover_mark.new" "$failover_mark"
