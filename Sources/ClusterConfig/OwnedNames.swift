extension Keys {
    // Names that pgregent writes itself, each with the key that says it: a second value for them would
    // make two truths of one.

    static let ownedParameters = [
        "port": "postgresql.port",
        "data_directory": "postgresql.data_directory",
        "primary_conninfo": "nodes[].upstream and repmgr.conninfo",
        "primary_slot_name": "repmgr.use_replication_slots",
        "recovery_min_apply_delay": "nodes[].delay",
        "synchronous_standby_names": "durability",
    ]

    static let ownedConninfo = [
        "host": "nodes[].host",
        "port": "postgresql.port",
        "user": "repmgr.user",
        "dbname": "repmgr.database",
        "application_name": "nodes[].name",
    ]

    static let ownedRepmgrSettings = [
        "node_id": "nodes[].id",
        "node_name": "nodes[].name",
        "conninfo": "nodes[].host and repmgr.conninfo",
        "data_directory": "postgresql.data_directory",
        "config_directory": "postgresql.config_directory",
        "pg_bindir": "postgresql.bin_directory",
        "priority": "nodes[].priority",
        "location": "nodes[].location",
        "use_replication_slots": "repmgr.use_replication_slots",
        "recovery_min_apply_delay": "nodes[].delay",
        "failover": "failover.mode and failover.owner",
        "reconnect_attempts": "failover.reconnect_attempts",
        "reconnect_interval": "failover.reconnect_interval",
        "service_start_command": "postgresql.service",
        "service_stop_command": "postgresql.service",
        "service_restart_command": "postgresql.service",
        "service_reload_command": "postgresql.service",
    ]

    static let ownedPgBouncerSettings = [
        "listen_port": "pgbouncer.port",
        "auth_file": "pgbouncer.auth_file",
        "admin_users": "pgbouncer.admin_user",
    ]

    static let ownedPoolOptions = [
        "host": "target",
        "port": "postgresql.port",
        "dbname": "dbname",
    ]

    static let ownedBarmanSettings = [
        "conninfo": "barman.host, barman.user and barman.alias",
        "streaming_conninfo": "barman.streaming_user and barman.alias",
        "ssh_command": "barman.ssh and barman.alias",
        "barman_home": "barman.home",
        "configuration_files_directory": "barman.configuration_directory",
    ]
}
