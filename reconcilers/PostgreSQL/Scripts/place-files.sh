# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Defines `place_files`, which moves the configuration that initdb has made to its directory, and says in postgresql.conf
# where the server is and where its things are.
#
# data: the data directory
# configuration: the directory of the configuration
# settings: lines of postgresql.conf

place_files() {
  if [ "$configuration" != "$data" ]; then
    mkdir -p "$configuration" &&
      mv "$data/postgresql.conf" "$data/pg_hba.conf" "$data/pg_ident.conf" "$configuration/" || return
  fi
  printf '%s\n' "$settings" >>"$configuration/postgresql.conf"
}
