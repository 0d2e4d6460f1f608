# shellcheck shell=sh disable=SC2034,SC2088,SC2154  # `found` is for the caller; `~` is expanded here; the arguments are set before
#
# The record of a node: what pgregent has to remember about it. Lines of `key=value`; a section is the lines whose key is its
# name, or begins with the name and a dot. Defines
# - `find_section NAME`, which sets `found` to the lines of a section,
# - `write_section NAME LINES`, which replaces them; without lines the section is gone,
# - `swap_section NAME OBSERVED LINES`, which does so where the section is as it was observed, or gone, and else fails,
# - `with_record COMMAND`, which runs a command while nobody else changes the record, and `put_section`, for such a command,
# - `make_record_directory`.
#
# Who waits no longer than that for others sets `lock_patience` to seconds.
#
# record: its path; `~/` is the account's home
# spare: a file that may become the record where there is no room for another; empty: none

case $record in '~/'*) record=$HOME/${record#??};; esac
record_directory=${record%/*}

find_section() {
  found=
  [ -r "$record" ] || return 0
  while IFS= read -r line; do
    case $line in "$1="*|"$1."*) found="$found$line
";; esac
  done <"$record"
}
make_record_directory() { [ -d "$record_directory" ] || (umask 077; mkdir -p "$record_directory"); }
with_record() {
  make_record_directory || return
  (
    flock -w "${lock_patience:-10}" 9 || { echo "$record is being changed by somebody else" >&2; exit 1; }
    "$@"
  ) 9<"$record_directory"
}
put_section() {
  others=; first=
  [ -s "$record" ] && IFS= read -r first <"$record"
  case $first in ''|pgregent=1) ;; *)
    echo "$record was written by another version of pgregent: $first" >&2; return 1;;
  esac
  [ -z "$first" ] || while IFS= read -r line; do
    case $line in "$1="*|"$1."*|pgregent=1) ;; *=*) others="$others$line
";; esac
  done <"$record"
  save_record "pgregent=1
$others$2" || return
  # A host that loses its power comes back long after what was asked for is to be seen: nobody waits for the disk.
  sync "$record" >/dev/null 2>&1 9<&- &
}
save_record() {
  { printf %s "$1" >"$record.new"; } 2>/dev/null && mv "$record.new" "$record" && return
  # No room for a file: one that is there has its block already.
  rm -f "$record.new"
  if [ -e "$record" ]; then overwrite "$record" "$1"
  elif [ -n "$spare" ] && [ -e "$spare" ]; then overwrite "$spare" "$1" && mv -f "$spare" "$record"
  else echo "$record cannot be written: is there room in $record_directory, and may $(id -un) write there?" >&2; return 1
  fi
}
overwrite() {
  blank=$(($(wc -c <"$1") - ${#2})); [ "$blank" -gt 0 ] || blank=0
  printf "%s%${blank}s" "$2" '' | dd of="$1" conv=notrunc status=none
}
write_section() { with_record put_section "$1" "$2"; }
swap_section() { with_record swap "$1" "$2" "$3"; }
swap() {
  find_section "$1"
  [ -n "$found" ] || [ -n "$3" ] || return 0
  [ -z "$found" ] || [ "$found" = "$2" ] || { echo "since this host was observed its record has changed: $found" >&2; return 1; }
  put_section "$1" "$3"
}
