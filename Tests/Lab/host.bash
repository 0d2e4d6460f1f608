#!/bin/bash
# A host, from the inside. `launch` runs in the switch's namespaces and gives each host its disk and its namespaces; `boot` runs
# as the future process 1 of one host: network, file systems, on the first boot its accounts and keys, and then it becomes sshd.
set -Eeuo pipefail    # E: the trap below also sees what fails in a function
HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
source "$HERE/state.bash"

# What the machine keeps for itself: a host has these directories, empty, with the same owners and modes. Hidden in the overlay
# by a whiteout, which costs the same however much is below.
readonly PRIVATE=(/etc/postgresql /var/lib/postgresql /var/log/postgresql /var/lib/barman /var/log/barman /home /root /var/tmp)
readonly PRIVATE_FILES=(/etc/repmgr.conf)

launch() { # HOST…
  local host at
  for host; do
    at=$STATE/hosts/$host
    mountpoint -q "$at/disk" || mount -t tmpfs -o "size=$(< "$STATE/disk"),mode=755" "disk-$host" "$at/disk"
    setsid unshare --mount --net --uts --ipc --pid --fork -- /bin/bash "$HERE/host.bash" boot "$STATE" "$host" \
      < /dev/null >> "$at/log" 2>&1 &
  done
}

boot() { # HOST
  local first='' host=$1 at=$STATE/hosts/$1
  trap 'echo "lab: $host: line $LINENO of host.bash failed: $BASH_COMMAND"' ERR
  record_self "$at/pid"
  hostname "$host"
  plug_in
  [[ -d $at/disk/upper ]] || first=yes
  mount_disk
  mount_system
  share
  mkdir -m 700 "$at/root/run/seed"
  mount --bind "$STATE/seed" "$at/root/run/seed"
  cd "$at/root"
  # The new root covers the old one, which then is let go of, and every path of the machine with it.
  pivot_root . .
  umount -l .
  cd /
  if [[ $first ]]; then
    # shellcheck source=furnish.bash
    source /run/seed/lab/furnish.bash
    furnish
  fi
  umount /run/seed
  rmdir /run/seed
  keep_cron
  exec env -i PATH="$CLEAN_PATH" LANG=C.UTF-8 /usr/sbin/sshd -D -E /var/log/sshd.log
}

# One end of the cable is at the switch, under the host's name; the other is our eth0. Its hardware address is made from the other
# one: a host that comes back is the one its neighbours remember.
plug_in() {
  local switch up=up ip
  ip=$(address "$host")
  read -r switch _ < "$STATE/pid"
  ! grep -qx "$host" "$STATE/cuts" || up=down
  nsenter --net="/proc/$switch/ns/net" ip link del "$host" 2>/dev/null || true    # of a life before, not yet gone
  identity self
  nsenter --net="/proc/$switch/ns/net" ip -batch - <<LINKS
link add $host type veth peer name eth0 address $(printf '02:00:%02x:%02x:%02x:%02x' ${ip//./ }) netns /proc/${REPLY%% *}/ns/net
link set $host master hub $up
LINKS
  echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || true
  ip -batch - <<LINKS
link set lo up
address add $ip/24 dev eth0
link set eth0 up
LINKS
}

mount_disk() {
  local disk=$at/disk path
  if [[ $first ]]; then
    mkdir "$disk/upper" "$disk/work"
    for path in "${PRIVATE[@]}" "${PRIVATE_FILES[@]}"; do
      [[ -e $path ]] || continue
      mkdir -p -m 755 "$disk/upper${path%/*}"
      mknod "$disk/upper$path" c 0 0
    done
  fi
  mount -t overlay -o "lowerdir=/,upperdir=$disk/upper,workdir=$disk/work" "$host" "$at/root"
  if [[ $first ]]; then
    for path in "${PRIVATE[@]}"; do
      [[ -d $path ]] || continue
      mkdir "$at/root$path"
      chown --reference="$path" "$at/root$path"
      chmod --reference="$path" "$at/root$path"
    done
  fi
}

# Nothing of the machine's own /run, /tmp, /dev or /proc is seen. /proc/sys is the kernel's, and so the machine's: not for writing.
mount_system() {
  local root=$at/root node
  mount -t proc proc "$root/proc"
  mount --bind -o ro "$root/proc/sys" "$root/proc/sys"
  [[ ! -e $root/proc/sysrq-trigger ]] || mount --bind -o ro "$root/proc/sysrq-trigger" "$root/proc/sysrq-trigger"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t tmpfs -o mode=755,size=256m run "$root/run"
  mount -t tmpfs -o mode=1777,size=1g tmp "$root/tmp"
  mount -t tmpfs -o mode=755,size=1m dev "$root/dev"
  for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r node major minor <<< "$node"
    mknod -m 666 "$root/dev/$node" c "$major" "$minor"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777,size=1g shm "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  for node in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/${node#*:}" "$root/dev/${node%:*}"; done
  install -d -m 1777 "$root/run/lock"
  install -d -m 755 "$root/run/sshd"
  install -d -m 2775 -o postgres -g postgres "$root/run/postgresql"
}

# Every host sees the repository, and what else is wanted, as they are on the machine at each moment: a fresh build is there at
# once, which an overlay would not promise. Read-only; the directories above may be walked through.
share() {
  local path above
  while read -r path; do
    mkdir -p "$at/root$path"
    above=${path%/*}
    while [[ $above ]]; do
      chmod a+x "$at/root$above"
      above=${above%/*}
    done
    mount --bind "$path" "$at/root$path"
    mount -o remount,ro,bind "$at/root$path"
  done < "$STATE/shares"
}

# Barman's package counts on cron, which hosts do not run: the one line that matters is run here while its file is there.
keep_cron() {
  [[ $host == backup ]] || return 0
  (
    while sleep 60; do
      [[ ! -e /etc/cron.d/barman ]] || runuser -u barman -- barman -q cron
    done
  ) < /dev/null > /dev/null 2>&1 &
}

main() {
  local action=$1
  choose "$(basename "$2")"
  shift 2
  "$action" "$@"
  exit    # before bash looks for more of this file: it may be another one by now
}

main "$@"
