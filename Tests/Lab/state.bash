# What a lab is made of on disk, and how its processes are found. Sourced by every part.
# shellcheck shell=bash

export LC_ALL=C    # messages and decimal points as the scripts expect them
readonly LABS=/run/pgregent-lab
readonly CLEAN_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

say() { printf 'lab: %s\n' "$1" >&2; }
fail() { say "$1"; exit "${FAIL_CODE:-1}"; }

# The lab's name becomes a directory, a host name and a Barman server: only what is safe in all three.
choose() {
  NAME=${1:-demo}
  [[ $NAME =~ ^[a-z0-9][a-z0-9-]{0,30}$ ]] || fail "'$NAME' is no name for a lab: lower-case letters, digits and dashes, at most 31"
  STATE=$LABS/$NAME
}

# Takes --name out of a command's arguments; the rest is left in ARGS. Stops at the first `--`, and after `limit` words that are
# no options: what follows belongs to somebody else's command.
take_name() { # LIMIT ARG…
  local limit=$1 name=${LAB:-demo} words=0
  shift
  ARGS=()
  while (($#)); do
    case $1 in
      --name) (($# >= 2)) || fail "--name needs a name"; name=$2; shift ;;
      --name=*) name=${1#*=} ;;
      --user | --from | --nodes | --disk) ARGS+=("$1"); if (($# >= 2)); then ARGS+=("$2"); shift; fi ;;
      --) break ;;
      -*) ARGS+=("$1") ;;
      *) ((++words <= limit)) || break; ARGS+=("$1") ;;
    esac
    shift
  done
  ARGS+=("$@")
  choose "$name"
}

# A process id may be used again; together with its start time and the boot it names one process for good.
# `self` also works in an inner pid namespace: the machine's /proc answers with the number the machine knows.
identity() { # PID|self -> "PID START BOOT PARENT STATE" in REPLY
  local stat boot
  { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return 1
  read -r boot < /proc/sys/kernel/random/boot_id
  local -a field
  read -ra field <<< "${stat##*) }"
  REPLY="${stat%% *} ${field[19]} $boot ${field[1]} ${field[0]}"
}

record_self() { # FILE
  identity self
  local pid start boot rest
  read -r pid start boot rest <<< "$REPLY"
  echo "$pid $start $boot" > "$1.new"
  mv "$1.new" "$1"    # in one step: a reader never sees half a record
}

# Is the process recorded in FILE still there? Its id in REPLY, its state letter in REPLY_STATE, its parent in REPLY_PARENT.
alive() { # FILE
  local was pid rest
  { read -r was < "$1"; } 2>/dev/null || return 1
  pid=${was%% *}
  identity "$pid" || return 1
  read -r -a rest <<< "$REPLY"
  [[ "${rest[*]:0:3}" == "$was" && ${rest[4]} != [ZX] ]] || return 1
  REPLY=$pid REPLY_PARENT=${rest[3]} REPLY_STATE=${rest[4]}
}

wait_gone() { # FILE
  local tries=0
  while alive "$1"; do
    ((++tries <= 500)) || return 1
    sleep 0.02
  done
}

switch_pid() { # in SWITCH
  alive "$STATE/pid" || fail "there is no lab '$NAME' running; 'lab list' shows what there is, 'lab up --name $NAME' starts it"
  SWITCH=$REPLY
}

hosts() { # all names, in HOSTS
  mapfile -t HOSTS < <(cut -d' ' -f2 "$STATE/seed/addresses")
}

known_host() { # HOST
  [[ -n ${1-} ]] || fail "which host? (vm1, …, backup, controller)"
  [[ -d $STATE/hosts/$1 && $1 != */* && $1 != .* ]] || fail "lab '$NAME' has no host '$1'; 'lab status' lists them"
}

host_pid() { # HOST -> in HOST_PID
  known_host "$1"
  alive "$STATE/hosts/$1/pid" || fail "$1 is powered off in lab '$NAME'; 'lab start $1' powers it on"
  HOST_PID=$REPLY
}

in_switch() { nsenter --target "$SWITCH" --mount --net --pid --uts -- "$@"; }

# The outside environment stays outside: a host's command sees what a login on that host would give it.
# shellcheck disable=SC2016
readonly AS_USER='
  user=$1; shift
  IFS=: read -r _ _ uid gid _ home shell < <(getent passwd "$user")
  [[ -n $uid ]] || { echo "lab: no account $user on $HOSTNAME" >&2; exit 125; }
  cd "$home" 2>/dev/null || cd /
  exec setpriv --reuid "$uid" --regid "$gid" --init-groups \
    env -i HOME="$home" USER="$user" LOGNAME="$user" SHELL="$shell" PATH="$PATH" LANG=C.UTF-8 ${TERM:+TERM="$TERM"} "$@"'

# The command that runs COMMAND as USER on the host with process 1 HOST_PID, in ENTER: to be run or to be exec'd.
entering() { # USER COMMAND…
  ENTER=(env PATH="$CLEAN_PATH" nsenter --target "$HOST_PID" --mount --net --pid --uts --ipc -- /bin/bash -c "$AS_USER" lab "$@")
}

on_host() { # HOST USER COMMAND…
  host_pid "$1"
  shift
  entering "$@"
  "${ENTER[@]}"
}

launch() { # HOST…
  in_switch env -i PATH="$CLEAN_PATH" LANG=C.UTF-8 /bin/bash "$HERE/host.bash" launch "$STATE" "$@"
}

# A host is up when its own sshd greets at its own address; asked from inside, so that a cut network does not matter.
greets() { # HOST
  alive "$STATE/hosts/$1/pid" || return 1
  nsenter --target "$REPLY" --net /bin/bash -c "exec 3<>/dev/tcp/$(address "$1")/22 && read -r -t 2 hello <&3 && [[ \$hello == SSH-2* ]]" 2>/dev/null
}

wait_up() { # HOST
  local tries=0
  until greets "$1"; do
    if ((++tries > 400)) || { [[ -e $STATE/hosts/$1/pid ]] && ! alive "$STATE/hosts/$1/pid"; }; then
      say "$1 did not come up; its log $STATE/hosts/$1/log ends:"
      tail -n 8 "$STATE/hosts/$1/log" >&2
      return 1
    fi
    sleep 0.03
  done
}

address() { # HOST
  local ip name
  while read -r ip name; do [[ $name != "$1" ]] || echo "$ip"; done < "$STATE/seed/addresses"
}
