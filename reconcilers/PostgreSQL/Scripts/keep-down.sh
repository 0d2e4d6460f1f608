# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# Debian starts with the machine what start.conf calls `auto`; that it was called so is remembered in the same file.
#
# start_file: start.conf
# was_auto: the comment that remembers it

if [ -e "$start_file" ] && grep -qx auto "$start_file"; then
  t=$(sed 's/^auto$/manual/' "$start_file") || exit 1
  # In place: what is cut short on a full disk does not grow again.
  printf '%s\n%s\n' "$t" "$was_auto" | dd of="$start_file" conv=notrunc status=none || exit 1
fi
