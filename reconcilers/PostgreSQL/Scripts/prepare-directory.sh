# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After work.sh. Defines `prepare_directory KIND`: only a directory that is missing, empty or recorded as pgregent's own
# unfinished one is used; the record stands from before the first file until the server runs, so that a killed run leaves
# nothing that looks whole.
#
# data: the data directory
# configuration: the directory of the configuration

prepare_directory() {
  find_section work; unfinished=$found
  if [ -n "$unfinished" ]; then
    at_work && { echo "an earlier run is still at work here (process $p)" >&2; exit 1; }
    p=; [ -r "$data/postmaster.pid" ] && read -r p <"$data/postmaster.pid"
    [ -n "$p" ] && [ -d "/proc/$p" ] && { echo "a server runs in $data (process $p)" >&2; exit 1; }
    [ -e "$data" ] && { find "$data" -mindepth 1 -delete || exit 1; }
    case $unfinished in *work.configuration=*) rm -rf "$configuration";; esac
  elif [ -e "$data" ] && [ -n "$(ls -A "$data")" ]; then
    echo "$data is not empty, and nothing is recorded of an unfinished creation" >&2; exit 1
  fi
  own=; [ -e "$configuration/postgresql.conf" ] || own='work.configuration=yes
'
  # What was remembered of the database that was here decides nothing about a new one.
  mkdir -p "$(dirname "$data")" && begin_record "$1" "$own" || exit 1
}
