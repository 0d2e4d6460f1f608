# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After prepare-directory.sh and debian-cluster.sh. Makes a new cluster as Debian has them.
#
# $@: the options of initdb

prepare_directory creation
debian_cluster -- "$@"
