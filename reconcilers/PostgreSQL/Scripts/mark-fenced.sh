# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# Marks a node as fenced. A primary that died of a full disk has no room for a file either, but for a name: postmaster.opts,
# which every start writes anew, becomes the mark.
#
# data: the data directory
# fence: the path of the mark

{ echo fenced >"$fence.new"; } 2>/dev/null && mv "$fence.new" "$fence" && exit 0
rm -f "$fence.new"; mv -f "$data/postmaster.opts" "$fence"
