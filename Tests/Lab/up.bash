# lab up and down.
# shellcheck shell=bash
# shellcheck source=seed.bash
source "$HERE/seed.bash"

command_up() {
  local started=$EPOCHREALTIME
  read_shape "$@"
  check_tools
  claim || return 0
  trap 'abandon' EXIT
  trap 'exit 130' INT TERM HUP
  make_seed
  start_switch
  switch_pid
  launch "${HOSTS[@]}"
  local host
  for host in "${HOSTS[@]}"; do wait_up "$host" || exit 1; done
  if [[ $MODE != bare ]]; then
    # shellcheck source=by-hand.bash
    source "$HERE/by-hand.bash"
    "build_$MODE"
  fi
  touch "$STATE/ready"
  trap - EXIT
  say "$(printf "'%s' is up: %s (%.1f s)" "$NAME" "${HOSTS[*]}" "$(seconds "$started")")"
}

seconds() { # SINCE: both are microseconds once the point is taken out
  local took=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
  printf '%d.%06d' $((took / 1000000)) $((took % 1000000))
}

read_shape() {
  take_name 0 "$@"
  set -- "${ARGS[@]}"
  NODES=3 MODE=cluster SUDO=yes DISK=2g
  while (($#)); do
    case $1 in
      --nodes) NODES=${2-}; shift ;;
      --nodes=*) NODES=${1#*=} ;;
      --disk) DISK=${2-}; shift ;;
      --disk=*) DISK=${1#*=} ;;
      --bare) MODE=bare ;;
      --primary-only) MODE=primary ;;
      --no-sudo) SUDO=no ;;
      *) fail "lab up has no option '$1'; 'lab help' lists them" ;;
    esac
    shift
  done
  [[ $NODES =~ ^[1-9][0-9]?$ ]] || fail "--nodes: a number from 1 to 99, not '$NODES'"
  [[ $DISK =~ ^[1-9][0-9]*[kmg]$ ]] || fail "--disk: a size as 512m or 2g, not '$DISK'"
  SHAPE="nodes=$NODES $MODE sudo=$SUDO disk=$DISK"
}

check_tools() {
  local tool package missing=''
  while read -r tool package; do
    PATH=$CLEAN_PATH type -P "$tool" > /dev/null || missing+=" $package"
  done <<'TOOLS'
nsenter util-linux
ip iproute2
nft nftables
sshd openssh-server
ssh openssh-client
sudo sudo
pkill procps
pg_createcluster postgresql
repmgr repmgr
pgbouncer pgbouncer
barman barman
TOOLS
  [[ -z $missing ]] || fail "hosts share the machine's packages, and these are missing: apt-get install$missing"
}

# Making the directory claims the name; of two at once, one succeeds.
claim() {
  mkdir -p -m 700 "$LABS"
  if mkdir -m 700 "$STATE" 2>/dev/null; then return; fi
  [[ -e $STATE/ready ]] && alive "$STATE/pid" ||
    fail "lab '$NAME' is being started, or a start or the machine ended half-way; 'lab down --name $NAME' cleans up"
  [[ $(< "$STATE/shape") == "$SHAPE" ]] ||
    fail "lab '$NAME' is up in another shape ($(< "$STATE/shape"), asked: $SHAPE); 'lab down --name $NAME' first, or take another --name"
  say "'$NAME' is up already"
  return 1
}

# The switch records itself while it holds the lock `birth`: there is no instant in which it runs and `down` cannot find it.
start_switch() {
  (
    flock 8
    exec setsid env -i PATH="$CLEAN_PATH" unshare --mount --net --ipc --uts --pid --fork -- /bin/bash "$HERE/switch.bash" "$NAME"
  ) 8> "$STATE/birth" < /dev/null >> "$STATE/log" 2>&1 &
  local tries=0
  until [[ -e $STATE/switch-ready ]]; do
    if ((++tries > 250)) || ! kill -0 $! 2>/dev/null; then
      fail "the switch did not start; $STATE/log ends: $(tail -n 3 "$STATE/log")"
    fi
    sleep 0.02
  done
}

# A failed start leaves nothing; with LAB_KEEP set it is left to be looked at.
abandon() {
  [[ -z ${LAB_KEEP-} ]] || return 0
  say "the start of '$NAME' did not finish: removing it (LAB_KEEP=1 keeps it)"
  remove || true
}

command_down() {
  take_name 0 "$@"
  ((${#ARGS[@]} == 0)) || fail "lab down takes no '${ARGS[*]}'"
  if [[ ! -d $STATE ]]; then say "there is no lab '$NAME'"; return; fi
  remove || exit 1
  say "'$NAME' is removed"
}

remove() {
  [[ -d $STATE ]] || return 0
  exec 8>> "$STATE/birth"
  flock --wait 10 8 || { say "the switch of '$NAME' has been starting for 10 s and did not record itself; try again"; return 1; }
  exec 8>&-
  if alive "$STATE/pid"; then
    local parent=$REPLY_PARENT
    kill -KILL "$REPLY"
    wait_gone "$STATE/pid" || { say "process $REPLY of '$NAME' was killed and is still there after 10 s; look at /proc/$REPLY/stack"; return 1; }
    wait_reaped "$parent"
  fi
  rm -rf --one-file-system "$STATE"
  rmdir --ignore-fail-on-non-empty "$LABS" 2>/dev/null || true
}

# The `unshare` that waited for the switch goes by itself right after it; it shares its network, so wait for it too.
wait_reaped() { # PID
  local tries=0
  while [[ $(tr '\0' ' ' < "/proc/$1/cmdline") == unshare\ * ]] 2>/dev/null && ((++tries < 100)); do sleep 0.02; done
}
