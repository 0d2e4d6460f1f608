# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Shows what a file is to hold to the program that will read it, before it is put in place.
#
# content: in base64
# check(): succeeds when the program accepts the file `f`

f=$(mktemp) || exit 1
printf %s "$content" | base64 -d >"$f"
# What the check defines and where it ends is its own affair.
( check ); r=$?
rm -f "$f"; exit $r
