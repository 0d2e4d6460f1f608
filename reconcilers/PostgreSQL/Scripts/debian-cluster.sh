# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Defines `debian_cluster`, which makes Debian's files for a data directory, and the directory where there is none.
#
# data: the data directory
# port: the server's
# version: PostgreSQL's major version
# cluster: Debian's name of the cluster

debian_cluster() {
  pg_createcluster --port="$port" --datadir="$data" -o 'listen_addresses=*' "$version" "$cluster" "$@"
}
