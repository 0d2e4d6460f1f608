# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Defines `receiver_runs`, which succeeds while a receiver of this server runs.
#
# receiver: the pattern of its command line, for pgrep

receiver_runs() { pgrep -u "$(id -u)" -f "$receiver" >/dev/null; }
