# shellcheck shell=sh disable=SC2154  # the variables are those of stop-fast.sh, and arguments
#
# After switchover-mark.sh, stop-fast.sh and start-fast.sh. The restart during which clients are held, marked while it lasts:
# a run that ends in the middle is finished by the next.
#
# restarting: the text of its mark

write_mark "$restarting"
stop_fast
# pg_ctlcluster that still finds the old process looks again a second later.
while [ -d "/proc/$p" ] && [ "$n" -lt 2000 ]; do n=$((n+1)); sleep 0.005; done
start_fast
rm -f "$switchover_mark"
