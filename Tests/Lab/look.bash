# lab exec, ssh, status, list: look at a lab, and get into it.
# shellcheck shell=bash

command_exec() {
  FAIL_CODE=125
  take_name 1 "$@"
  set -- "${ARGS[@]}"
  local host='' user=root
  while (($#)); do
    case $1 in
      --user) (($# >= 2)) || fail "--user needs an account"; user=$2; shift 2 ;;
      --user=*) user=${1#*=}; shift ;;
      --) shift; break ;;
      -*) fail "lab exec has no option '$1' (the command's own options come after it, or after --)" ;;
      *) if [[ -n $host ]]; then break; fi; host=$1; shift ;;
    esac
  done
  (($#)) || fail "usage: lab exec HOST [--user USER] [--] COMMAND …"
  host_pid "$host"
  entering "$user" "$@"
  exec "${ENTER[@]}"
}

command_ssh() {
  take_name 1 "$@"
  set -- "${ARGS[@]}"
  local target=${1-}
  (($#)) && shift
  known_host "${target#*@}"
  case $target in
    *@*) ;;
    vm*) target=postgres@$target ;;
    backup) target=barman@$target ;;
  esac
  command_exec --name "$NAME" controller --user operator -- ssh "$target" "$@"
}

host_state() { # HOST -> up | down | frozen
  if ! alive "$STATE/hosts/$1/pid"; then echo down
  elif [[ $REPLY_STATE == T ]]; then echo frozen
  else echo up; fi
}

# From the lines of the cuts file (see faults.bash) to words.
host_network() { # HOST
  local from to words=()
  while read -r from to; do
    [[ $from == "$1" ]] || continue
    case $to in
      '') words+=("cut off") ;;
      '*') words+=("sends nothing") ;;
      *) words+=("nothing to $to") ;;
    esac
  done < "$STATE/cuts"
  if ((${#words[@]} == 0)); then echo ok; else local IFS=,; echo "${words[*]}"; fi
}

command_status() {
  take_name 0 "$@"
  switch_pid
  local ip host state
  printf '%-11s %-12s %-7s %-8s %s\n' HOST ADDRESS STATE PID NETWORK
  while read -r ip host; do
    state=$(host_state "$host")
    alive "$STATE/hosts/$host/pid" || REPLY=-
    printf '%-11s %-12s %-7s %-8s %s\n' "$host" "$ip" "$state" "$REPLY" "$(host_network "$host")"
  done < "$STATE/seed/addresses"
  [[ -e $STATE/ready ]] || say "lab '$NAME' is not finished: 'lab up' is still at work, or was ended ('lab down --name $NAME' cleans up)"
}

command_list() {
  local dir state
  for dir in "$LABS"/*/; do
    [[ -d $dir ]] || continue
    choose "$(basename "$dir")"
    state=running
    [[ -e $STATE/ready ]] || state=unfinished
    alive "$STATE/pid" || state=dead
    printf '%-20s %-11s %s\n' "$NAME" "$state" "$(cat "$STATE/shape" 2>/dev/null || true)"
  done
}
