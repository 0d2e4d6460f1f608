# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# What works in a data directory, whoever started it: a backend outlives its killed postmaster until it next looks up.
#
# Defines `find_directory`, which sets `directory`; `alive`, which prints the processes that work there; and `is_down`, which
# fails, with a message, while anything does.
#
# data: the data directory

find_directory() { directory=$(cd "$data" && pwd -P) || exit 1; }
# One that hangs in its storage cannot end before that moves; with SIGKILL pending (the ninth bit of proc(5)'s masks) it
# never runs an instruction of its own again, so it answers nobody, and does not count.
killed() {
  while read -r k v _; do case $k$v in SigPnd:*[13579bdf]??|ShdPnd:*[13579bdf]??) return 0;; esac
  done <"$1/status" 2>/dev/null; return 1
}
alive() {
  for p in /proc/[0-9]*; do
    [ "$(readlink "$p/cwd" 2>/dev/null)" = "$directory" ] && ! killed "$p" && echo "${p#/proc/}"
  done
}
is_down() {
  find_directory
  [ -z "$(alive)" ] || { echo "still at work: $(alive)" >&2; exit 1; }
}
