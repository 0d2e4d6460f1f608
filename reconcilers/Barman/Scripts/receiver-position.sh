# shellcheck shell=sh disable=SC2012,SC2015,SC2046,SC2154  # meant: `A && B || C`, words of a name; the arguments are set before this text
#
# Tells the receiver where to go on after a change of primary. Does nothing where there is nothing to be done, or where the
# source does not answer: that is what the receiver then says itself.
#
# received: the directory of what is received
# streaming: the conninfo of the source, for replication
# source: its conninfo

PGCONNECT_TIMEOUT=5; export PGCONNECT_TIMEOUT
set -- $(ls "$received" 2>/dev/null |
  sed -nE 's/^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?$/\2 \3 \1 \4/p' | sort | tail -n 1)
[ -n "$1" ] || exit 0
ask() { psql -XAtq -d "$streaming" -c "$1" 2>/dev/null; }
now=$(ask IDENTIFY_SYSTEM | cut -d '|' -f 2); had=$((0x$3))
[ -n "$now" ] && [ "$had" -lt "$now" ] || exit 0
# Of each timeline that the source's comes from: its number, where it was left, and why.
ends=$(ask "TIMELINE_HISTORY $now" | sed 's/^[0-9A-F]*\.history|//')
left=$(printf '%s\n' "$ends" | awk -v t="$had" '$1 == t { print $2; exit }')
next=$(printf '%s\n' "$ends" | awk -v t="$had" 'found && $1 > 0 { print $1; exit } $1 == t { found = 1 }')
size=$(psql -XAtq -d "$source" -c "SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'" 2>/dev/null)
[ -n "$left" ] && [ -n "$size" ] || exit 0
each=$((0x100000000 / size)); n=$((0x$1 * each + 0x$2)); [ -n "$4" ] || n=$((n + 1))
[ $((n * size)) -eq $(( (0x${left%/*} << 32) + 0x${left#*/} )) ] || exit 0
f=$(printf '%08X%08X%08X.partial' "${next:-$now}" $((n / each)) $((n % each)))
[ -e "$received/$f" ] || : >"$received/$f"
