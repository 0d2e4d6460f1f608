# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Defines `no_server`, which fails, with a message, while a postmaster works in the data directory.
#
# data: the data directory

no_server() {
  p=; [ -r "$data/postmaster.pid" ] && read -r p <"$data/postmaster.pid"
  if [ -n "$p" ] && [ "$(readlink "/proc/$p/cwd")" = "$(cd "$data" && pwd -P)" ]; then
    echo "a server runs here (process $p)" >&2; return 1
  fi
}
