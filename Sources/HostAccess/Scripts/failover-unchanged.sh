# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After record.sh. Defines `no_other_failover`, which fails, with a message, when the record tells of another failover now than
# was observed.
#
# observed_failover: what it said; empty: nothing
# ignored_lines: how the lines begin that are not compared, beside the time; empty: all are

no_other_failover() {
  find_section failover
  told=; rest=$found
  while [ -n "$rest" ]; do
    l=${rest%%
*}; rest=${rest#*
}
    case $l in failover.time=*) continue;; esac
    [ -z "$ignored_lines" ] || case $l in "$ignored_lines"*) continue;; esac
    told="$told$l
"
  done
  [ -z "$found" ] || [ "$told" = "$observed_failover" ] || {
    echo "since this host was observed another failover was recorded here" >&2; return 1
  }
}
