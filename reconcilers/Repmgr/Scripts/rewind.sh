# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After begin-copy.sh. The record of it goes when all is done.
#
# source: the conninfo of the new primary
# run_repmgr(): repmgr, with its words

run_repmgr node rejoin -d "$source" --force-rewind --no-wait && end_work
