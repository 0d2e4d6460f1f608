# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# After record.sh. Defines `prove_down`, which fails unless the server was shut down, and prints its control file. From here on
# the promotion may be asked for: it is, as soon as the target is proven to have all of the log, and by the next run if this one
# ends before.
#
# data: the data directory
# bin: the directory of PostgreSQL's programs
# promoting: why it is stopped, as a section of the record

prove_down() {
  c=$(LC_ALL=C "$bin/pg_controldata" "$data") || exit 1
  case $c in *'cluster state:'*' shut down
'*) ;; *) echo "the control file does not say that it is shut down" >&2; exit 1;; esac
  write_section stopped "$promoting" || exit 1
  printf '%s\n' "$c"
}
