# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After prepare-directory.sh and place-files.sh. Makes a new cluster.
#
# data: the data directory
# bin: the directory of PostgreSQL's programs
# $@: the options of initdb

prepare_directory creation
"$bin/initdb" -D "$data" "$@" && place_files
