# The first boot of a host: names, accounts, keys, sudo. Runs inside, on the host's own disk; what was prepared for the lab is at
# /run/seed while it does.
# shellcheck shell=bash

furnish() {
  name_hosts
  add_account admin 2002
  # sshd refuses an account with `!` for a password when it does not use PAM; `*` is no password either, and is accepted.
  sed -i -E 's/^(root|postgres|barman):[^:]*:/\1:*:/' /etc/shadow
  configure_sshd
  local sudoers=(admin)
  case $host in
    controller) furnish_controller ;;
    backup) authorise root admin barman; sudoers+=(barman) ;;
    *) authorise root admin postgres; sudoers+=(postgres) ;;
  esac
  [[ -e /run/seed/sudo ]] || sudoers=(admin)
  rm -f /etc/sudoers.d/*
  printf '%s ALL=(ALL:ALL) NOPASSWD: ALL\n' "${sudoers[@]}" | install -m 440 /dev/stdin /etc/sudoers.d/lab
}

name_hosts() {
  echo "$host" > /etc/hostname
  { echo '127.0.0.1 localhost'; cat /run/seed/addresses; } > /etc/hosts
  rm -f /etc/resolv.conf    # it may be a link out of /etc
  echo '# names are in /etc/hosts' > /etc/resolv.conf
}

# Written into the host's files by hand: nothing of useradd's side effects, and an account the machine may have goes first.
add_account() { # NAME UID
  sed -i "/^$1:/d" /etc/passwd /etc/shadow
  echo "$1:x:$2:100:$1:/home/$1:/bin/bash" >> /etc/passwd
  echo "$1:*:19000:0:99999:7:::" >> /etc/shadow
  install -d -m 755 -o "$2" -g 100 "/home/$1"
}

configure_sshd() {
  rm -f /etc/ssh/ssh_host_*
  install -m 600 "/run/seed/host_keys/$host" /etc/ssh/ssh_host_ed25519_key
  install -m 644 "/run/seed/host_keys/$host.pub" /etc/ssh/ssh_host_ed25519_key.pub
  cat > /etc/ssh/sshd_config <<'CONFIG'
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
CONFIG
}

authorise() { # ACCOUNT…
  local account home
  for account; do
    home=$(getent passwd "$account" | cut -d: -f6)
    install -d -m 700 -o "$account" -g "$(id -g "$account")" "$home/.ssh"
    install -m 600 -o "$account" -g "$(id -g "$account")" /run/seed/operator.pub "$home/.ssh/authorized_keys"
  done
}

furnish_controller() {
  local home=/home/operator secret
  local mine=(-o operator -g 100)
  add_account operator 2001
  install -d -m 700 "${mine[@]}" "$home/.ssh" "$home/secrets"
  install -m 600 "${mine[@]}" /run/seed/operator "$home/.ssh/id_ed25519"
  install -m 644 "${mine[@]}" /run/seed/operator.pub "$home/.ssh/id_ed25519.pub"
  install -m 644 "${mine[@]}" /run/seed/known_hosts "$home/.ssh/known_hosts"
  install -m 644 "${mine[@]}" /run/seed/cluster.yaml "$home/cluster.yaml"
  for secret in /run/seed/secrets/*; do install -m 600 "${mine[@]}" "$secret" "$home/secrets/"; done
  install -m 755 /run/seed/pgregent /usr/local/bin/pgregent
}
