# shellcheck shell=sh disable=SC2154  # the variables are those of held-console.sh
#
# After held-console.sh. The last commands that there are: the console ends after them.
#
# $@: the commands

if is_held_open; then
  talk "$@"; s=$?
  if is_still_there; then true >"$h/last"; fi
else
  plain "$@"; s=$?
fi
exit $s
