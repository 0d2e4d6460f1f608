# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# Defines `write_mark TEXT`, which writes the mark of a switchover, to disk beside what follows and not before it: a host that
# loses its power comes back long after what was asked for is to be seen, and until then it is unseen, and everything held.
#
# switchover_mark: the path of the mark

write_mark() {
  printf %s "$1" >"$switchover_mark.new" && mv "$switchover_mark.new" "$switchover_mark" || exit 1
  sync "$switchover_mark" >/dev/null 2>&1 &
}
