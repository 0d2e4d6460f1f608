# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After switchover-mark.sh, stop-fast.sh and prove-down.sh. Clients wait: what one account may do goes in one script.
#
# stopping: the text of the mark

write_mark "$stopping"
stop_fast
prove_down
