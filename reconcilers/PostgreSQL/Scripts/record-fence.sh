# shellcheck shell=sh disable=SC2154  # the argument is set before this text
#
# After record.sh. Records that a node is fenced. A primary that died of a full disk has no room for a file either: a record that
# is there is written over, and otherwise postmaster.opts, which every start writes anew, becomes it.
#
# fence: the name of the section

write_section "$fence" "$fence=yes
"
