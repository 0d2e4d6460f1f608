# shellcheck shell=sh disable=SC2154  # the variables are those of stop-fast.sh, and arguments
#
# After record.sh, stop-fast.sh and start-fast.sh. The restart during which clients are held, recorded while it lasts: a run that
# ends in the middle is finished by the next.
#
# restarting: why it is stopped, as a section of the record

write_section stopped "$restarting" || exit 1
stop_fast
# pg_ctlcluster that still finds the old process looks again a second later.
while [ -d "/proc/$p" ] && [ "$n" -lt 2000 ]; do n=$((n+1)); sleep 0.005; done
start_fast
write_section stopped ''
