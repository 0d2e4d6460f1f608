# A classic cluster in Debian's layout, built the way a person would: PostgreSQL with repmgr on vm1…vmN, PgBouncer beside each,
# Barman on backup. It is there to be adopted.
# shellcheck shell=bash

readonly PG=15

# Runs the script on stdin on a host; the values it needs come as NAME=VALUE. Its output goes to a log, and is shown if it fails.
by_hand() { # HOST USER [NAME=VALUE…] < SCRIPT
  local host=$1 user=$2 log=$STATE/hosts/$1/by-hand.log
  shift 2
  # In a subshell: a trap that strikes meanwhile still speaks to the terminal, not to the log.
  (on_host "$host" "$user" env "PG=$PG" "LAB=$NAME" "$@" bash -euo pipefail -s) >> "$log" 2>&1 ||
    fail "$host: building by hand as $user failed, the last words were: $(tail -n 4 "$log")"
}

secret() { cat "$STATE/seed/secrets/$1.password"; }

each() { # FUNCTION HOST…: on all at once
  local function=$1 host failed=''
  local -A job=()
  shift
  for host; do
    "$function" "$host" &
    job[$host]=$!
  done
  for host; do wait "${job[$host]}" || failed=yes; done
  [[ ! $failed ]]
}

build_primary() {
  by_hand vm1 postgres <<'SCRIPT'
pg_createcluster "$PG" main
echo "listen_addresses = '*'" > "/etc/postgresql/$PG/main/conf.d/listen.conf"
pg_ctlcluster "$PG" main start
SCRIPT
}

build_cluster() {
  local vms=() i
  for ((i = 1; i <= NODES; i++)); do vms+=("vm$i"); done
  first_server
  each prepare_node "${vms[@]}"
  register_primary
  add_barman &    # it waits more than it works
  local barman=$!
  each add_standby "${vms[@]:1}"
  each add_pgbouncer "${vms[@]}"
  wait "$barman"
}

first_server() {
  by_hand vm1 postgres REPMGR="$(secret repmgr)" APP="$(secret app)" BARMAN="$(secret barman)" STREAMING="$(secret streaming_barman)" <<'SCRIPT'
pg_createcluster "$PG" main
cd "/etc/postgresql/$PG/main"
cat > conf.d/cluster.conf <<CONF
listen_addresses = '*'
wal_log_hints = on
shared_preload_libraries = 'repmgr'
CONF
cat >> pg_hba.conf <<HBA
host    all             all                     10.95.0.0/24            scram-sha-256
host    replication     repmgr,streaming_barman 10.95.0.0/24            scram-sha-256
HBA
pg_ctlcluster "$PG" main start
psql -v ON_ERROR_STOP=1 <<SQL
CREATE ROLE repmgr LOGIN SUPERUSER PASSWORD '$REPMGR';
CREATE DATABASE repmgr OWNER repmgr;
ALTER ROLE repmgr SET search_path TO repmgr, "\$user", public;
CREATE ROLE app LOGIN PASSWORD '$APP';
CREATE ROLE barman LOGIN SUPERUSER PASSWORD '$BARMAN';
CREATE ROLE streaming_barman LOGIN REPLICATION PASSWORD '$STREAMING';
SQL
SCRIPT
}

prepare_node() { # HOST
  local id=${1#vm}
  by_hand "$1" postgres REPMGR="$(secret repmgr)" <<'SCRIPT'
(umask 077; echo "*:*:*:repmgr:$REPMGR" > ~/.pgpass)
SCRIPT
  by_hand "$1" root ID="$id" NODE="$1" PRIORITY=$((id < 11 ? 110 - 10 * id : 1)) <<'SCRIPT'
install -m 640 -o postgres -g postgres /dev/stdin /etc/repmgr.conf <<CONF
node_id=$ID
node_name='$NODE'
conninfo='host=$NODE user=repmgr dbname=repmgr connect_timeout=2'
data_directory='/var/lib/postgresql/$PG/main'
pg_bindir='/usr/lib/postgresql/$PG/bin'
use_replication_slots=yes
failover=manual
priority=$PRIORITY
promote_command='repmgr standby promote -f /etc/repmgr.conf'
follow_command='repmgr standby follow -f /etc/repmgr.conf --upstream-node-id=%n'
service_start_command='pg_ctlcluster $PG main start'
service_stop_command='pg_ctlcluster $PG main stop -m fast'
service_restart_command='pg_ctlcluster $PG main restart'
service_reload_command='pg_ctlcluster $PG main reload'
CONF
SCRIPT
}

register_primary() {
  by_hand vm1 postgres <<'SCRIPT'
repmgr -f /etc/repmgr.conf primary register
SCRIPT
}

# repmgr clones the data directory; of Debian's configuration directory it would copy three files, and not conf.d or start.conf,
# without which pg_ctlcluster does not start: so the whole directory comes from vm1.
add_standby() { # HOST
  on_host vm1 postgres tar --create --directory /etc/postgresql "$PG" | on_host "$1" postgres tar --extract --directory /etc/postgresql
  by_hand "$1" postgres <<'SCRIPT'
mkdir -p -m 700 "/var/lib/postgresql/$PG/main"
repmgr -h vm1 -U repmgr -d repmgr -f /etc/repmgr.conf standby clone --fast-checkpoint
pg_ctlcluster "$PG" main start
repmgr -f /etc/repmgr.conf standby register
SCRIPT
}

add_pgbouncer() { # HOST
  local app
  app=$(on_host vm1 postgres psql -XAtc "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'")
  by_hand "$1" postgres NODE="$1" APP="$app" <<'SCRIPT'
cat > /etc/pgbouncer/pgbouncer.ini <<CONF
[databases]
postgres_rw = host=vm1 port=5432 dbname=postgres
postgres_ro = host=$NODE port=5432 dbname=postgres

[pgbouncer]
logfile = /var/log/postgresql/pgbouncer.log
pidfile = /var/run/postgresql/pgbouncer.pid
listen_addr = *
listen_port = 6432
unix_socket_dir = /var/run/postgresql
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/userlist.txt
admin_users = pgbouncer
pool_mode = transaction
CONF
echo "\"app\" \"$APP\"" > /etc/pgbouncer/userlist.txt
pgbouncer -d /etc/pgbouncer/pgbouncer.ini
SCRIPT
}

add_barman() {
  by_hand backup root <<'SCRIPT'
cat > "/etc/barman.d/$LAB.conf" <<CONF
[$LAB]
description = $LAB, built by hand
conninfo = service=vmp
streaming_conninfo = service=vmp user=streaming_barman dbname=
backup_method = postgres
streaming_archiver = on
slot_name = barman
create_slot = auto
retention_policy = RECOVERY WINDOW OF 7 DAYS
CONF
SCRIPT
  by_hand backup barman BARMAN="$(secret barman)" STREAMING="$(secret streaming_barman)" <<'SCRIPT'
(umask 077; printf '*:*:*:%s\n' "barman:$BARMAN" "streaming_barman:$STREAMING" > ~/.pgpass)
cat > ~/.pg_service.conf <<CONF
[vmp]
host=vm1
port=5432
user=barman
dbname=postgres
CONF
cat > ~/.ssh/config <<CONF
Host vmp
  HostName vm1
  User postgres
CONF
# The first cron makes the slot and starts the receiver; once that streams, a first WAL file has to arrive, and all is well.
barman cron
streaming="SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND usename = 'streaming_barman'"
for try in {1..100}; do
  [[ $(psql service=vmp -XAtc "$streaming") == 0 ]] || break
  sleep 0.1
done
barman switch-wal --force --archive --archive-timeout 10 "$LAB"
barman check "$LAB"
SCRIPT
}
