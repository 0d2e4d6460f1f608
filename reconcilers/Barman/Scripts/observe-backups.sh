# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After work.sh, in an observation (`HostProbe`): what there is to recover from.
#
# base: the directory of the backups
# target: `bootstrap.target_time`; empty: none

for f in "$base"/*/backup.info; do
  [ -r "$f" ] || continue
  i=${f%/backup.info}; s=; e=; y=; z=
  while IFS='=' read -r k v; do case $k in
    status) s=$v;; end_time) e=$v;; systemid) y=$v;; size) z=$v;; esac; done <"$f"
  [ "$s" = DONE ] && echo "bm.backup ${i##*/} $y $z $(date -d "$e" +%s.%N)"
done
[ -n "$target" ] && t=$(date -d "$target" '+%s.%N %Y-%m-%d %H:%M:%S.%6N%:z') && echo "bm.target $t"
if at_work; then echo bm.recovering yes; fi
