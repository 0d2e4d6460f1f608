# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# Replaces a file as a whole, or does nothing: a reader sees the old content or the new.
#
# file: its path
# new: what it shall hold
# old: what it held when the change was planned
# existed: 1 where it did exist then, else 0
# mode: of a new file, octal
# owner: of a new file, `account:group`; empty: the account that writes
# kept: the name of a backup in the account's home

umask 077; t=; tmp=
fail() { s=$1; shift; printf '%s\n' "$file: $*" >&2; exit "$s"; }
trap '[ -z "$tmp" ] || rm -f -- "$tmp"' EXIT; trap 'exit 129' HUP; trap 'exit 143' TERM
r=$(readlink -f -- "$file" && echo .) || fail 73 "its directory does not exist or may not be entered by $(id -un)"
t=${r%??}; d=${t%/*}; d=${d:-/}
holds() { printf %s "$1" | cmp -s -- - "$2"; }
as_expected() {
  if [ "$existed" = 1 ]; then [ -f "$t" ] && holds "$old" "$t"; else [ ! -e "$t" ] && [ ! -L "$t" ]; fi
}
check() { as_expected || fail 75 "it changed since it was read; nothing was written"; }
[ -d "$d" ] || fail 73 "the directory $d does not exist"
[ -x "$d" ] || fail 73 "the account $(id -un) may not enter the directory $d"
[ ! -e "$t" ] || [ -f "$t" ] || fail 73 "it is not a regular file"
[ ! -f "$t" ] || [ -r "$t" ] || fail 73 "the account $(id -un) may not read it"
if [ -f "$t" ] && holds "$new" "$t"; then exit 0; fi
check
# Sets tmp to a file with the owner and mode of the old one; fails when these cannot be kept.
beside() {
  [ -w "$d" ] || return 1
  r=$(mktemp -- "$d/.pgregent-XXXXXXXXXX" && echo .) || return 1
  tmp=${r%??}
  if [ "$existed" = 1 ]; then
    # The blank copy already has what cp -p keeps, so the content is never there under another mode.
    cp -p -- "$t" "$tmp" 2>/dev/null || fail 74 "no room or no permission for a copy in $d; it is unchanged"
    [ "$(stat -c '%u:%g:%a' -- "$t")" = "$(stat -c '%u:%g:%a' -- "$tmp")" ] ||
      { rm -f -- "$tmp"; tmp=; return 1; }
  fi
}
in_place() {
  [ "$existed" = 1 ] && [ -w "$t" ] ||
    fail 73 "the account $(id -un) may not replace it in the directory $d, nor write the file itself"
  b=$HOME/.pgregent-backup
  mkdir -p -- "$b" && printf %s "$old" >"$b/$kept" && holds "$old" "$b/$kept" && sync -- "$b/$kept" ||
    fail 73 "no backup of it can be kept in $b, and the directory $d may not be written; it is unchanged"
  check
  if printf %s "$new" >"$t" && sync -- "$t" && holds "$new" "$t"; then exit 0; fi
  printf %s "$old" >"$t"
  holds "$old" "$t" || fail 74 "writing failed, and so did putting it back: its content is in $b/$kept"
  fail 74 "writing failed (is the disk full?); its old content was put back"
}
beside || in_place
printf %s "$new" >"$tmp" && sync -- "$tmp" && holds "$new" "$tmp" ||
  fail 74 "writing beside it in $d failed (is the disk full?); it is unchanged"
if [ "$existed" = 0 ]; then
  [ -z "$owner" ] || [ "$(stat -c %U:%G -- "$tmp")" = "$owner" ] || chown -- "$owner" "$tmp" ||
    fail 73 "the account $(id -un) may not give it to $owner; nothing was written"
  chmod -- "$mode" "$tmp" || fail 73 "it cannot be given the mode $mode; nothing was written"
fi
check
if [ "$existed" = 1 ]; then
  b=$t.pgregent-backup
  # The old file itself becomes the backup: no room is needed. Where links are not allowed, a copy.
  ln -f -- "$t" "$b" 2>/dev/null || { cp -p -- "$t" "$tmp.old" && mv -f -- "$tmp.old" "$b"; } ||
    { rm -f -- "$tmp.old"; fail 74 "no backup of it can be kept as $b; it is unchanged"; }
fi
mv -f -- "$tmp" "$t" || fail 74 "it could not be replaced in $d; it is unchanged"
tmp=; sync -- "$d"
