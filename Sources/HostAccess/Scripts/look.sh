# shellcheck shell=sh disable=SC2034,SC2154  # what these functions set, and what is set by name, is used by `look-answers.sh`
#
# The functions that the questions of a look use; `HostLook.script` says what each does.

look_id=/proc/sys/kernel/random/boot_id; look_n=0; look_keys=; look_files=; look_words=; look_texts=
file() {
  if [ ! -e "$2" ]; then look_keys="$look_keys $1:-"
  elif [ -f "$2" ] && [ -r "$2" ]; then
    look_n=$((look_n+1)); eval "look_$look_n=\$2"
    look_keys="$look_keys $1"; look_files="$look_files \"\$look_$look_n\" \"\$look_id\""
  else look_keys="$look_keys $1:!"; fi
}
text() {
  look_n=$((look_n+1)); eval "look_$look_n=\$2"
  look_words="$look_words $1"; look_texts="$look_texts \"\$look_$look_n\" \"\$look_mark\""
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
