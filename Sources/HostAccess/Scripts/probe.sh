# shellcheck shell=sh disable=SC2034,SC2154  # what these functions set, and what is set by name, is used by `probe-answers.sh`
#
# The functions that the questions of a probe use; `HostProbe.script` says what each does.

probe_id=/proc/sys/kernel/random/boot_id; probe_n=0; probe_keys=; probe_files=; probe_words=; probe_texts=
file() {
  if [ ! -e "$2" ]; then probe_keys="$probe_keys $1:-"
  elif [ -f "$2" ] && [ -r "$2" ]; then
    probe_n=$((probe_n+1)); eval "probe_$probe_n=\$2"
    probe_keys="$probe_keys $1"; probe_files="$probe_files \"\$probe_$probe_n\" \"\$probe_id\""
  else probe_keys="$probe_keys $1:!"; fi
}
text() {
  probe_n=$((probe_n+1)); eval "probe_$probe_n=\$2"
  probe_words="$probe_words $1"; probe_texts="$probe_texts \"\$probe_$probe_n\" \"\$probe_mark\""
}
told() { k=$1; shift; text "$k" "$("$@" 2>/dev/null)"; }
exists() { k=$1; shift; if [ "$@" ]; then echo "$k yes"; else echo "$k no"; fi; }
programs() {
  k=$1; shift
  for p in "$@"; do command -v "$p" >/dev/null 2>&1 || echo "$k $p"; done
}
writable() {
  k=$1; root=$2; shift 2
  for f in "$@"; do
    if [ -e "$f" ]; then [ -w "$f" ] && continue; else [ -w "$(dirname "$f")" ] && continue; fi
    [ "$root" = yes ] && continue
    [ "$root" = ask ] && sudo -n true 2>/dev/null && continue
    echo "$k $f"
  done
}
