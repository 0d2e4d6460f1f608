# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After record.sh, stop-fast.sh and prove-down.sh. Clients wait: what one account may do goes in one script.
#
# stopping: why it is stopped, as a section of the record

write_section stopped "$stopping" || exit 1
stop_fast
prove_down
