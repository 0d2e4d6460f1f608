# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Defines `no_other_failover`, which fails, with a message, when another mark of a failover lies here now than was observed.
#
# failover_mark: the path of the mark
# observed_mark: what it said; empty: there was none
# ignored_lines: how the lines begin that are not compared; empty: all are

no_other_failover() {
  found_mark=; [ -r "$failover_mark" ] && while IFS= read -r l; do
    [ -z "$ignored_lines" ] || case $l in "$ignored_lines"*) continue;; esac
    found_mark="$found_mark$l
"
  done <"$failover_mark"
  [ "$found_mark" = "$observed_mark" ] || case $found_mark in frozen*|promoting*|done*)
    echo "since this host was observed another failover has left its mark here" >&2; return 1;; esac
}
