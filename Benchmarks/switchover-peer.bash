# repmgr's side of Benchmarks/switchover, sourced by it: what a careful administrator has in place so that
# `repmgr standby switchover` takes the poolers along. Uses: lab, on, NODES.

# repmgr needs to reach the other nodes over SSH as postgres, and the poolers' files have to be writable.
peer_keys() {
  local node
  for node in "${NODES[@]}"; do
    on "$node" root 'runuser -u postgres -- sh -c "mkdir -p -m 700 ~/.ssh; [ -e ~/.ssh/id_ed25519 ] ||
      ssh-keygen -q -t ed25519 -N \"\" -f ~/.ssh/id_ed25519"; cat ~postgres/.ssh/id_ed25519.pub'
  done > "$WORK/keys"
  on controller operator 'cat ~/.ssh/known_hosts' > "$WORK/known_hosts"
  for node in "${NODES[@]}"; do
    on "$node" postgres 'cat >> ~/.ssh/authorized_keys' < "$WORK/keys"
    on "$node" postgres 'cat > ~/.ssh/known_hosts' < "$WORK/known_hosts"
    # A connection that is open already saves 0.3 s for each pooler: an administrator who cares has this.
    on "$node" postgres 'cat > ~/.ssh/config' << 'CONFIG'
Host *
  BatchMode yes
  ControlMaster auto
  ControlPath ~/.ssh/c-%h
  ControlPersist 10m
CONFIG
  done
}

# On every node: repmgr calls it with the event. All poolers side by side; the file is replaced in one piece.
peer_script() {
  cat <<'SCRIPT'
#!/bin/bash
# event_notification_command = 'bash /etc/repmgr-poolers %n %e %s'
node_id=$1 event=$2 success=$3
[ "$event" = standby_promote ] && [ "$success" = 1 ] || exit 0
host=$(psql -XAtq -d repmgr -c "SELECT node_name FROM repmgr.nodes WHERE node_id = ${node_id//[^0-9]/}") || exit 1
for pooler in PEER_NODES; do
  ssh "$pooler" "sed 's/^\\(postgres_rw = .*\\)host=[^ ]*/\\1host=$host/' /etc/pgbouncer/pgbouncer.ini \
      > /etc/pgbouncer/pgbouncer.ini.new && chmod 640 /etc/pgbouncer/pgbouncer.ini.new &&
    mv /etc/pgbouncer/pgbouncer.ini.new /etc/pgbouncer/pgbouncer.ini &&
    psql -Xq -h /var/run/postgresql -p 6432 -U pgbouncer -d pgbouncer -c RELOAD" &
done
wait
SCRIPT
}

peer_install() {
  local node
  peer_keys
  for node in "${NODES[@]}"; do
    peer_script | sed "s/PEER_NODES/${NODES[*]}/" | on "$node" root 'cat > /etc/repmgr-poolers'
    on "$node" root 'cat >> /etc/repmgr.conf' <<'CONF'
event_notification_command = 'bash /etc/repmgr-poolers %n %e %s'
event_notifications = 'standby_promote'
CONF
    on "$node" root 'chown postgres: /etc/pgbouncer'
  done
  for node in "${NODES[@]}"; do
    for other in "${NODES[@]}"; do on "$node" postgres "ssh $other true"; done
  done
}

peer_switchover() { # TARGET
  on "$1" postgres "repmgr -f /etc/repmgr.conf standby switchover --siblings-follow" > "$WORK/peer.log" 2>&1
}
