# repmgrd's and Patroni's sides of Benchmarks/failover, sourced by it: what a careful administrator has in place so that the
# poolers follow. Uses: lab, on, pgregent, build, reconciled, table_of_rows, peer_keys, peer_script, NODES, WORK.

# repmgrd decides and leads the poolers away by its event; pgregent only repairs between the rounds.
repmgrd_build() { # ATTEMPTS INTERVAL MONITOR
  local node other
  REPMGRD="s/^reconnect_attempts.*/reconnect_attempts = $1/; s/^reconnect_interval.*/reconnect_interval = $2/
    s/^monitor_interval_secs.*/monitor_interval_secs = $3/; s/^primary_visibility_consensus.*/primary_visibility_consensus = false/
    s|^event_notification_command.*|event_notification_command = 'bash /etc/repmgr-poolers %n %e %s'|"
  build 'failover: {mode: automatic, owner: repmgrd}'
  peer_keys
  for node in "${NODES[@]}"; do
    peer_script | sed "s/PEER_NODES/${NODES[*]}/" | on "$node" root 'cat > /etc/repmgr-poolers'
    on "$node" root 'chown postgres: /etc/pgbouncer'
    for other in "${NODES[@]}"; do on "$node" postgres "ssh $other true"; done
  done
}

# pgregent brings the cluster back; then repmgrd has the settings that are tried, not pgregent's.
repmgrd_rest() {
  local node
  pgregent reconcile --once --yes > "$WORK/rest.log" 2>&1 || return 1
  for node in "${NODES[@]}"; do
    on "$node" root "sed -i \"$REPMGRD\" /etc/repmgr.conf; pkill -HUP -x repmgrd"
  done
  sleep 4
}

# etcd on a host that stays; the poolers are led away by Patroni's callback.
patroni_build() { # TTL LOOP_WAIT RETRY_TIMEOUT
  local node
  lab up --bare >&2
  peer_keys
  on backup root 'setsid etcd --data-dir /var/lib/etcd-bench --listen-client-urls http://0.0.0.0:2379 \
    --advertise-client-urls http://backup:2379 > /var/log/etcd.log 2>&1 < /dev/null &'
  for node in "${NODES[@]}"; do
    patroni_callback | on "$node" root 'cat > /etc/patroni-poolers; chmod 755 /etc/patroni-poolers'
    patroni_file "$node" "$@" | on "$node" root 'mkdir -p /etc/patroni; cat > /etc/patroni/bench.yml'
    patroni_pooler | on "$node" root 'mkdir -p /etc/pgbouncer; cat > /etc/pgbouncer/pgbouncer.ini
      echo "\"app\" \"app\"" > /etc/pgbouncer/userlist.txt; chown -R postgres: /etc/pgbouncer'
    on "$node" postgres 'pgbouncer -d -q /etc/pgbouncer/pgbouncer.ini'
  done
  for node in "${NODES[@]}"; do
    on "$node" root 'install -d -o postgres -g postgres -m 700 /var/lib/postgresql/15/patroni
      cd /; setsid runuser -u postgres -- patroni /etc/patroni/bench.yml > /tmp/patroni.log 2>&1 < /dev/null &'
    [[ $node != vm1 ]] || until [[ $(primary) == vm1 ]]; do sleep 0.5; done
  done
  until patroni_rest; do sleep 0.5; done
  table_of_rows vm1
}

patroni_rest() { # both others stream from the one that takes writes
  local node
  node=$(primary)
  [[ -n $node ]] && [[ $(on "$node" postgres 'psql -XAtqc "SELECT count(*) FROM pg_stat_replication WHERE state = '"'streaming'"'"') == 2 ]]
}

patroni_file() { # NODE TTL LOOP_WAIT RETRY_TIMEOUT
  cat <<YAML
scope: bench
name: $1
restapi: {listen: "0.0.0.0:8008", connect_address: "$1:8008"}
etcd3: {host: "backup:2379"}
bootstrap:
  dcs:
    ttl: $2
    loop_wait: $3
    retry_timeout: $4
    maximum_lag_on_failover: 16777216
    postgresql: {use_pg_rewind: true, use_slots: true, parameters: {wal_log_hints: "on"}}
  initdb: [{encoding: UTF8}, data-checksums]
  pg_hba: [local all all trust, host all all 0.0.0.0/0 trust, host replication all 0.0.0.0/0 trust]
postgresql:
  listen: "0.0.0.0:5432"
  connect_address: "$1:5432"
  data_dir: /var/lib/postgresql/15/patroni
  bin_dir: /usr/lib/postgresql/15/bin
  authentication:
    superuser: {username: postgres, password: p}
    replication: {username: replicator, password: p}
    rewind: {username: rewinder, password: p}
  parameters: {unix_socket_directories: /var/run/postgresql}
  callbacks: {on_role_change: /etc/patroni-poolers, on_start: /etc/patroni-poolers}
YAML
}

patroni_callback() {
  cat <<SCRIPT
#!/bin/bash
# Patroni calls it with the action, the role and the cluster's name.
case \$2 in master|primary) ;; *) exit 0;; esac
host=\$(hostname)
for pooler in ${NODES[*]}; do
  ssh "\$pooler" "sed 's/^\\\\(postgres_rw = .*\\\\)host=[^ ]*/\\\\1host=\$host/' /etc/pgbouncer/pgbouncer.ini > /etc/pgbouncer/pgbouncer.ini.new &&
    mv /etc/pgbouncer/pgbouncer.ini.new /etc/pgbouncer/pgbouncer.ini &&
    psql -Xq -h /var/run/postgresql -p 6432 -U pgbouncer -d pgbouncer -c RELOAD" &
done
wait
SCRIPT
}

# The settings that pgregent's file gives a PgBouncer.
patroni_pooler() {
  cat <<'INI'
[databases]
postgres_rw = dbname=postgres host=vm1
[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 6432
unix_socket_dir = /var/run/postgresql
auth_type = trust
auth_file = /etc/pgbouncer/userlist.txt
admin_users = pgbouncer, postgres
pidfile = /var/run/postgresql/pgbouncer.pid
pool_mode = transaction
tcp_keepalive = 1
tcp_keepidle = 3
tcp_keepintvl = 1
tcp_keepcnt = 3
tcp_user_timeout = 3000
server_login_retry = 0.1
INI
}
