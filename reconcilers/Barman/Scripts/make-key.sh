# shellcheck shell=sh
#
# Makes a key for this account, where it has none.

umask 077; mkdir -p "$HOME/.ssh" || exit 1
ls "$HOME"/.ssh/id_*.pub >/dev/null 2>&1 || ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
