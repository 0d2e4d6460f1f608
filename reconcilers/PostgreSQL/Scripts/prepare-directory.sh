# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After work-mark.sh. Defines `prepare_directory`: only a directory that is missing, empty or marked as pgregent's own
# unfinished one is used; the mark stands from before the first file until the server runs, so that a killed run leaves
# nothing that looks whole.
#
# data: the data directory
# mark: the mark of unfinished work
# configuration: the directory of the configuration

prepare_directory() {
  if [ -e "$mark" ]; then
    at_work "$mark" && { echo "an earlier run is still at work here (process $p)" >&2; exit 1; }
    p=; [ -r "$data/postmaster.pid" ] && read -r p <"$data/postmaster.pid"
    [ -n "$p" ] && [ -d "/proc/$p" ] && { echo "a server runs in $data (process $p)" >&2; exit 1; }
    [ -e "$data" ] && { find "$data" -mindepth 1 -delete || exit 1; }
    grep -q 'and configuration' "$mark" && rm -rf "$configuration"
  elif [ -e "$data" ] && [ -n "$(ls -A "$data")" ]; then
    echo "$data is not empty, and no mark says that it is an unfinished creation" >&2; exit 1
  fi
  w='unfinished creation'; [ -e "$configuration/postgresql.conf" ] || w="$w and configuration"
  mkdir -p "$(dirname "$data")" && mark_work "$mark" "$w" || exit 1
}
