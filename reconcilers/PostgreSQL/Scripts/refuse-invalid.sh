# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# A configuration that PostgreSQL would reject is taken back before it is loaded.
#
# file: the one that was written
# complaints(): prints what is wrong with it, and nothing when all is well

e=$(complaints) || exit 1
[ -z "$e" ] && exit 0
cat "$file.pgregent-backup" >"$file"
echo "PostgreSQL would reject $file: $e; the earlier file is back" >&2
exit 1
