# shellcheck shell=sh disable=SC2034  # `p` is for the caller
#
# Defines `worker`, which prints the PID and START of the script that it stands in; `at_work FILE`, which is true while the
# one who made the mark is at work, and sets `p` to its PID; and `mark_work FILE WORDS`, which fails, with a message, while
# somebody is at work, and else makes the mark.

born() {
  s=; 2>/dev/null read -r s <"/proc/$1/stat" || return 1
  # The name of a program, in parentheses, may hold anything.
  # shellcheck disable=SC2086  # it is taken apart
  set -- ${s##*) }
  case $1 in [ZX]) return 1;; esac
  echo "${20}"
}
worker() { echo "$$ $(born $$)"; }
at_work() {
  p=; work_start=; [ -r "$1" ] && read -r p work_start _ <"$1"
  case $p in ''|*[!0-9]*) return 1;; esac
  work_born=$(born "$p") || return 1
  case $work_start in ''|*[!0-9]*) return 0;; esac
  [ "$work_start" = "$work_born" ]
}
mark_work() {
  at_work "$1" && { echo "an earlier run, or another, is still at work here (process $p)" >&2; return 1; }
  echo "$(worker) $2" >"$1"
}
