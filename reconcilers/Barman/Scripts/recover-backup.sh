# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After work-mark.sh. Brings a backup to a node.
#
# recovery_mark: the path of the mark of this work
# ssh_command: how the node is reached
# server: Barman's name of the server
# backup: its name
# data: the data directory there
# $@: more options

mark_work "$recovery_mark" 'unfinished recovery' && trap 'rm -f "$recovery_mark"' EXIT || exit 1
barman recover --target-tli latest "$@" --remote-ssh-command "$ssh_command" "$server" "$backup" "$data" >&2
