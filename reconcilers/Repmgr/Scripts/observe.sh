# shellcheck shell=sh disable=SC2154  # `daemon` is of find-repmgrd.sh; the arguments are set before this text
#
# After find-repmgrd.sh, in a probe (`HostProbe`): what a node is asked about repmgr.
#
# bin: the directory of repmgr's programs
# repmgr_file: repmgr.conf
# section: of the record that says that repmgrd was paused by pgregent
# as_root: how a file may be written as root

file rm.conf "$repmgr_file"
PATH="$bin:$PATH" programs rm.absent repmgr
find_repmgrd
[ -n "$daemon" ] && echo rm.daemon yes
find_section "$section"; [ -n "$found" ] && echo rm.paused yes
writable rm.unwritable "$as_root" "$repmgr_file"
