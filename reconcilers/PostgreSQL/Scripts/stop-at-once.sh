# shellcheck shell=sh disable=SC2046,SC2154  # process ids are parted by spaces; `directory` is of server-processes.sh
#
# After server-processes.sh. Stops a server at once, and ends what a dead postmaster has left behind.

find_directory
p=; [ -r "$directory/postmaster.pid" ] && read -r p <"$directory/postmaster.pid"
[ -n "$p" ] && kill -QUIT "$p" 2>/dev/null
n=0; while [ -n "$(alive)" ]; do
  n=$((n+1)); [ $n = 50 ] && kill -KILL $(alive) 2>/dev/null
  [ $n -lt 100 ] || { echo "still at work in $directory: $(alive)" >&2; exit 1; }
  sleep 0.02
done
