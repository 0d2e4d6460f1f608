# shellcheck shell=sh disable=SC2154  # the argument is set before this text
#
# After record.sh. Puts into the record what an earlier version has written into files beside the data directory, each of one
# kind, and removes these.
#
# old: how the paths of those files begin

first() { l=; [ ! -e "$1" ] || IFS= read -r l <"$1" || :; }
done_with() { rm -f "$old$1" "$old$1.new" "$old$1.ending"; }

if [ -e "${old}clone" ]; then
  first "${old}clone"; kind=given-up; own=; process=
  case $l in *'unfinished clone'*) kind=clone;; *'unfinished rewind'*) kind=rewind;;
  *'unfinished creation'*) kind=creation;; *'unfinished recovery'*) kind=recovery;; esac
  case $l in *'and configuration'*) own='work.configuration=yes
';; esac
  case $l in [0-9]*' '[0-9]*' '*) rest=${l#* }; process="work.process=${l%% *} ${rest%% *}
";; esac
  write_section work "work=$kind
$own$process" && done_with clone || exit 1
fi
if [ -e "${old}switchover" ]; then
  { IFS= read -r phase; IFS= read -r to; } <"${old}switchover"
  write_section stopped "stopped=$phase
stopped.to=$to
" && done_with switchover || exit 1
fi
if [ -e "${old}switchover-note" ]; then
  { IFS= read -r from; IFS= read -r to; } <"${old}switchover-note"
  write_section switchover "switchover.from=$from
switchover.to=$to
" && done_with switchover-note || exit 1
fi
if [ -e "${old}failover" ]; then
  to=; id=
  { IFS= read -r phase; IFS= read -r fence; IFS= read -r from
    while IFS= read -r l; do case $l in '# '*) id=${l#??};; *) to=$l;; esac; done; } <"${old}failover"
  write_section failover "failover=$phase
failover.from=$from
failover.fence=$fence
${to:+failover.to=$to
}${id:+failover.id=$id
}failover.time=$(stat -c %Y "${old}failover")
" && done_with failover || exit 1
fi
if [ -e "${old}fence" ]; then
  write_section fenced 'fenced=yes
' && done_with fence || exit 1
fi
if [ -e "${old}repmgrd" ]; then
  write_section repmgrd 'repmgrd=paused
' && done_with repmgrd || exit 1
fi
if [ -e "${old}repmgrd.pid" ]; then
  make_record_directory && mv -f "${old}repmgrd.pid" "$record.repmgrd.pid" || exit 1
fi
if [ -e "${old}guard" ]; then
  # A watchdog ends when its process id file is gone; the next plan starts one that writes into the record.
  rm -f "${old}guard.pid" "${old}guard" "${old}guard.pgregent-backup"
fi
rm -f "${old}recovery.log" "${old}guard.pid"
for f in "$old"*; do [ ! -e "$f" ] || { echo "$f is not a record of pgregent's: move it away" >&2; exit 1; }; done
