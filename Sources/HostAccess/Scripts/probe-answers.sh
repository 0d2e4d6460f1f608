# shellcheck shell=sh disable=SC2154  # the variables are those of `probe.sh`
#
# The end of a probe: prints the files and texts that were asked for, all in one piece.
#
# probe_heading: the key of the line that says which texts follow it

read -r probe_mark <"$probe_id"
echo "$probe_heading $probe_mark$probe_keys$probe_words"
[ -z "$probe_files" ] || eval "cat --$probe_files"
[ -z "$probe_texts" ] || eval "printf '%s%s\n'$probe_texts"
exit 0
