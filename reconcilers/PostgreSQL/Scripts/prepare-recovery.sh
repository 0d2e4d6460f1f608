# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After prepare-directory.sh. A server that runs in an unfinished recovery is that recovery's own.
#
# data: the data directory
# bin: the directory of PostgreSQL's programs

find_section work
case $found in work=recovery*)
  at_work || { [ -e "$data/postmaster.pid" ] && "$bin/pg_ctl" stop -D "$data" -m immediate -w -s; };;
esac
prepare_directory recovery
mkdir -p "$data" && chmod 0700 "$data"
