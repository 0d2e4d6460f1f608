# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After console.sh. Succeeds where a pool leads to where it should.
#
# row: how the pool's row begins

find_console
pb_console -q -A -t -F '|' -c 'SHOW DATABASES' | {
  while IFS= read -r l; do case $l in "$row"*) exit 0;; esac; done; exit 1
}
