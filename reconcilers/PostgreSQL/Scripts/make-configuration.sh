# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# The backup has the configuration only where that lies in the data directory; elsewhere the host's own is used, or a fresh
# one is made. What Barman has changed in its copy is taken back.
#
# data: the data directory
# configuration: the directory of the configuration
# bin: the directory of PostgreSQL's programs
# place(): puts fresh files in place
# $@: the options of initdb

cd "$data" || exit 1
for f in postgresql.conf postgresql.auto.conf; do [ ! -e "$f.origin" ] || mv -f "$f.origin" "$f" || exit 1; done
rm -f standby.signal; : >recovery.signal
if [ ! -e "$configuration/postgresql.conf" ]; then
  t=$(mktemp -d) && "$bin/initdb" -D "$t/d" "$@" >/dev/null || exit 1
  for f in postgresql.conf pg_hba.conf pg_ident.conf; do [ -e "$f" ] || mv "$t/d/$f" . || exit 1; done
  rm -rf "$t"
  place
fi
