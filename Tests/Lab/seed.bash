# What the hosts of a lab are given on their first boot: addresses, keys, secrets, and the controller's cluster.yaml.
# shellcheck shell=bash

make_seed() {
  local seed=$STATE/seed host i
  umask 077
  echo "$SHAPE" > "$STATE/shape"
  echo "$DISK" > "$STATE/disk"
  : > "$STATE/cuts"
  mkdir -p "$seed/host_keys" "$seed/secrets" "$seed/lab"
  {
    for ((i = 1; i <= NODES; i++)); do echo "10.95.0.$((100 + i)) vm$i"; done
    echo '10.95.0.3 backup'
    echo '10.95.0.2 controller'
  } > "$seed/addresses"
  hosts
  for host in "${HOSTS[@]}"; do mkdir -p "$STATE/hosts/$host/disk" "$STATE/hosts/$host/root"; done
  shares > "$STATE/shares"
  [[ $SUDO == no ]] || touch "$seed/sudo"
  make_keys
  for i in repmgr app barman streaming_barman; do random_word > "$seed/secrets/$i.password"; done
  declare_cluster > "$seed/cluster.yaml"
  pgregent_wrapper > "$seed/pgregent"
  cp "$HERE/furnish.bash" "$seed/lab/"
  umask 022
}

random_word() { head -c 32 /dev/urandom | base64 -w 0 | tr -d '+/=' | cut -c 1-24; }

make_keys() {
  local host ip seed=$STATE/seed
  for host in "${HOSTS[@]}"; do
    ssh-keygen -q -t ed25519 -N '' -C "root@$host" -f "$seed/host_keys/$host" &
  done
  ssh-keygen -q -t ed25519 -N '' -C operator@controller -f "$seed/operator"
  wait
  while read -r ip host; do
    echo "$host,$ip $(cut -d' ' -f1,2 "$seed/host_keys/$host.pub")"
  done < "$seed/addresses" > "$seed/known_hosts"
}

# The repository, and what LAB_SHARE names (separated by colons): a build directory elsewhere, a toolchain's libraries.
repository() { readlink -f "${LAB_SOURCE:-$HERE/../..}"; }

shares() {
  local path paths
  IFS=: read -ra paths <<< "${LAB_SHARE-}"
  for path in "$(repository)" "${paths[@]}"; do
    [[ -d $path && $path == /* ]] || fail "LAB_SOURCE and LAB_SHARE name directories by absolute path, not '$path'"
    echo "$path"
  done
}

# On the controller `pgregent` is the newest build there is.
pgregent_wrapper() {
  cat <<WRAPPER
#!/bin/sh
newest=\$(ls -t '$(repository)'/.build/release/pgregent '$(repository)'/.build/debug/pgregent 2>/dev/null | head -n 1)
[ -n "\$newest" ] || { echo "no pgregent in $(repository)/.build: build it first" >&2; exit 127; }
exec "\$newest" "\$@"
WRAPPER
}

declare_cluster() {
  local i priority sudo=true
  [[ $SUDO == yes ]] || sudo=false
  cat <<YAML
version: 1
cluster: $NAME

ssh:
  user: postgres
  sudo: $sudo

postgresql:
  version: 15
  parameters:
    wal_log_hints: "on"
  hba:
    - host all all 10.95.0.0/24 scram-sha-256

repmgr:
  user: repmgr
  database: repmgr
  password: {file: /home/operator/secrets/repmgr.password}

nodes:
YAML
  for ((i = 1; i <= NODES; i++)); do
    priority=$((110 - 10 * i))
    ((priority >= 1)) || priority=1
    echo "  - {name: vm$i, id: $i, host: vm$i, priority: $priority}"
  done
  cat <<YAML

bootstrap:
  from: initdb

pgbouncer:
  hosts: [$(for ((i = 1; i <= NODES; i++)); do printf 'vm%d%s' "$i" "$( ((i == NODES)) || echo ', ')"; done)]
  users: [app]
  settings: {pool_mode: transaction}
  databases:
    - {name: postgres_rw, target: rw, dbname: postgres}
    - {name: postgres_ro, target: local, dbname: postgres}

barman:
  host: backup
  ssh: {user: barman}
  server: $NAME
  alias: vmp
  user: barman
  password: {file: /home/operator/secrets/barman.password}
  streaming_user: streaming_barman
  streaming_password: {file: /home/operator/secrets/streaming_barman.password}
  settings:
    description: $NAME, built by the lab
    backup_method: postgres
    streaming_archiver: "on"
    slot_name: barman
    retention_policy: RECOVERY WINDOW OF 7 DAYS
YAML
}
