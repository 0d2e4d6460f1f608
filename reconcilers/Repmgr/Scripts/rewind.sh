# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After begin-copy.sh. The mark goes when all is done.
#
# mark: the mark of unfinished work
# source: the conninfo of the new primary
# run_repmgr(): repmgr, with its words

run_repmgr node rejoin -d "$source" --force-rewind --no-wait && rm -f "$mark"
