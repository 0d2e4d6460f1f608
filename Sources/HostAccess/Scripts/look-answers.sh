# shellcheck shell=sh disable=SC2154  # the variables are those of `look.sh`
#
# The end of a look: prints the files and texts that were asked for, all in one piece.
#
# look_heading: the key of the line that says which texts follow it

read -r look_mark <"$look_id"
echo "$look_heading $look_mark$look_keys$look_words"
[ -z "$look_files" ] || eval "cat --$look_files"
[ -z "$look_texts" ] || eval "printf '%s%s\n'$look_texts"
exit 0
