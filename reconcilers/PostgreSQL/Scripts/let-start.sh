# shellcheck shell=sh disable=SC2015,SC2154  # `A && B || C` is meant; the arguments are set before this text
#
# Takes back what keep-down.sh has done.
#
# start_file: start.conf
# was_auto: the comment that remembers it

if [ -e "$start_file" ] && grep -qxF "$was_auto" "$start_file"; then
  sed -e 's/^manual$/auto/' -e "/^$was_auto\$/d" "$start_file" >"$start_file.new" &&
    cat "$start_file.new" >"$start_file" && rm -f "$start_file.new"
fi
