# shellcheck shell=sh disable=SC2034,SC2154  # `moved` is for the caller; the arguments are set before this text
#
# Defines `take_away`: the file goes by another name, `moved`, if it says what was observed. One that is gone ends the script,
# and so does one that says something else.
#
# note: the path of the mark or the note
# observed: what it said, without the newline at its end

take_away() {
  moved=$note.ending
  [ -e "$note" ] || exit 0
  [ "$(cat "$note")" = "$observed" ] || { echo "$note tells of another switchover by now" >&2; exit 1; }
  mv "$note" "$moved" || exit 1
}
