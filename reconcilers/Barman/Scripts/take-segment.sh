# shellcheck shell=sh
#
# On the node, by `sh -c`, on one line for whatever shell is its account's: takes a segment, unless it is there.
#
# The first word is the data directory, the second the name of the segment.

cd "$1" || exit 1; if [ -e pg_wal/"$2" ] || [ -e barman_wal/"$2" ]; then cat >/dev/null; else mkdir -p barman_wal && cat >barman_wal/"$2"; fi
