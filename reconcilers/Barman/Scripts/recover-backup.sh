# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# After work.sh. Brings a backup to a node.
#
# ssh_command: how the node is reached
# server: Barman's name of the server
# backup: its name
# data: the data directory there
# $@: more options

begin_work recovery && trap 'end_work' EXIT || exit 1
barman recover --target-tli latest "$@" --remote-ssh-command "$ssh_command" "$server" "$backup" "$data" >&2
