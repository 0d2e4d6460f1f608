# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After prepare-directory.sh. A server that runs in an unfinished recovery is that recovery's own.
#
# data: the data directory
# mark: the mark of unfinished work
# bin: the directory of PostgreSQL's programs

if grep -q 'unfinished recovery' "$mark" 2>/dev/null && ! at_work "$mark"; then
  [ -e "$data/postmaster.pid" ] && "$bin/pg_ctl" stop -D "$data" -m immediate -w -s
fi
prepare_directory
mkdir -p "$data" && chmod 0700 "$data" && sed -i 's/creation/recovery/' "$mark"
