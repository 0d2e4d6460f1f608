# shellcheck shell=sh disable=SC2034,SC2154  # `p` is for the caller; `found` is of record.sh
#
# After record.sh: the section of unfinished work. Defines `at_work`, which is true while the process that the record names is at
# work, and sets `p` to its PID; `begin_work KIND [LINES]`, which fails, with a message, while somebody is at work, and else
# records that the script that it stands in is; `begin_record KIND [LINES]`, which also forgets all else; and `end_work`.

born() {
  s=; 2>/dev/null read -r s <"/proc/$1/stat" || return 1
  # The name of a program, in parentheses, may hold anything.
  # shellcheck disable=SC2086  # it is taken apart
  set -- ${s##*) }
  case $1 in [ZX]) return 1;; esac
  echo "${20}"
}
at_work() {
  p=; work_start=; find_section work
  case $found in *work.process=*) ;; *) return 1;; esac
  work_process=${found##*work.process=}; work_process=${work_process%%
*}
  p=${work_process%% *}; work_start=${work_process#* }
  case $p in ''|*[!0-9]*) return 1;; esac
  work_born=$(born "$p") && [ "$work_start" = "$work_born" ]
}
claim_work() {
  at_work && { echo "an earlier run, or another, is still at work here (process $p)" >&2; return 1; }
  [ "$3" = all ] && [ -e "$record" ] && { save_record "pgregent=1
" || return; }
  put_section work "work=$1
$2work.process=$work_self
"
}
begin_work() {
  work_self="$$ $(born $$)"
  with_record claim_work "$1" "$2" ''
}
begin_record() {
  work_self="$$ $(born $$)"
  with_record claim_work "$1" "$2" all
}
end_work() { write_section work ''; }
