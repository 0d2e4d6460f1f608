# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After record.sh. Lets repmgrd act again, if it was pgregent who paused it.
#
# section: of the record that says so
# unpause(): lets it act

find_section "$section"
[ -n "$found" ] || exit 0
unpause >/dev/null && write_section "$section" ''
