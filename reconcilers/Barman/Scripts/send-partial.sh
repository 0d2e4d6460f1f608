# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# The segment that was being received when the primary was lost: its commits are nowhere else. It is kept out of the
# receiver's way, which would otherwise want to go on from it on a timeline that is over.
#
# received: the directory of what is received
# kept: the directory where it is kept
# port: of sshd on the node; empty: the usual one
# login: account and host
# take_segment: the command there

for f in "$received"/*.partial; do [ -e "$f" ] && { mkdir -p "$kept" && mv -f "$f" "$kept/" || exit 1; }; done
for f in "$kept"/*.partial; do
  [ -e "$f" ] || continue
  n=$(basename "$f" .partial)
  case $n in *[!0-9A-F]*) continue;; esac
  ssh -o BatchMode=yes ${port:+-p "$port"} "$login" "$take_segment" "$n" <"$f" || exit 1
done
