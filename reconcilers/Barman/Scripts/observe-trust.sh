# shellcheck shell=sh
#
# In an observation (`HostProbe`): what an account has for logging in elsewhere, and for letting others in.

for k in id_ed25519 id_ecdsa id_rsa; do [ -r "$HOME/.ssh/$k.pub" ] && { file tr.key "$HOME/.ssh/$k.pub"; break; }; done
file tr.authorized "$HOME/.ssh/authorized_keys"
file tr.known "$HOME/.ssh/known_hosts"
file tr.host /etc/ssh/ssh_host_ed25519_key.pub
