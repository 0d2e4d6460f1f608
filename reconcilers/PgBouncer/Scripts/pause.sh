# shellcheck shell=sh disable=SC2154  # the variables are those of held-console.sh, and arguments
#
# After held-console.sh. Holds the clients, with a deadline, which is kept to a second more and once in a console's life: when
# it has passed the console is given up.
#
# blocker: what stood in the way then
# pause_seconds: the deadline
# $@: the commands

if is_held_open && [ ! -e "$h/asked" ] && { true >"$h/asked"; } 2>/dev/null; then
  talk "$@"; s=$?
  if is_still_there; then
    true >"$h/answered"; [ ! -e "$h/late" ] || { s=124; rm -rf "$h"; }
  fi
else
  plain "$@"; s=$?
fi
[ $s = 124 ] && echo "$blocker after $pause_seconds s" >&2
exit $s
