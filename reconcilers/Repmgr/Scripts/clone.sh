# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After work.sh. Makes the copy, from Barman where it has a backup; a new cluster has none yet.
#
# source: the conninfo of the node that is copied
# upstream: that one's number
# barman_host: empty: there is no Barman
# latest_backup: the command that asks it for one
# run_repmgr(): repmgr, with its words

begin_work clone || exit 1
w=
if [ -n "$barman_host" ]; then
  ssh -o BatchMode=yes "$barman_host" "$latest_backup" >/dev/null 2>&1 </dev/null || w=--without-barman
fi
run_repmgr -d "$source" standby clone --fast-checkpoint --upstream-node-id="$upstream" ${w:+"$w"}
