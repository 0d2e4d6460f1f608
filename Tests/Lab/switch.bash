#!/bin/bash
# Process 1 of a lab: owns the bridge, the disks and the pid namespace of all hosts. When it dies, all of that goes with it.
set -euo pipefail
HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
source "$HERE/state.bash"
choose "$1"

record_self "$STATE/pid"
# `down` waits for this lock before it looks for the record above, so a switch just being born is not missed.
flock --unlock 8
exec 8>&-

hostname "switch-$NAME"
echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || true
ip -batch - <<'LINKS'
link set lo up
link add hub type bridge
link set hub up
LINKS

# Cuts between hosts are made here, in the network, and not on the hosts: they stay when a host is powered off and on. Only IP is
# dropped: without ARP's answers a one-way cut would soon be a two-way one.
nft -f - <<'RULES'
table bridge cuts {
  set pairs { type ifname . ifname; }
  set mute { type ifname; }
  chain forward {
    type filter hook forward priority 0;
    ether type ip iifname @mute drop
    ether type ip iifname . oifname @pairs drop
  }
}
RULES
touch "$STATE/switch-ready"

# bash reaps whatever is orphaned in the lab while it waits.
while :; do
  sleep 3600 &
  wait $!
done
