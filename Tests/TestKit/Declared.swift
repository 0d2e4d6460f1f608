package import ClusterModel

/// cluster.yaml as the scenarios have it: cluster.yaml.example with passwords from files.
package enum Declared {
    package static func cluster(nodes count: Int) -> ClusterSpec {
        var spec = ClusterSpec(cluster: "vm95", nodes: [])
        spec.postgresql.parameters = [
            Setting("wal_log_hints", "on"), Setting("max_wal_senders", "20"), Setting("work_mem", "8MB"),
        ]
        spec.postgresql.hba = ["host all all 10.0.0.0/8 scram-sha-256"]
        spec.repmgr.password = .file("/etc/pgregent/repmgr.password")
        spec.nodes = (1...count).map { node(number: $0, in: spec) }
        spec.pgbouncer = poolers(on: spec.nodes.map(\.name))
        spec.barman = backup()
        return spec
    }

    package static func node(number: Int, in spec: ClusterSpec) -> NodeSpec {
        var node = NodeSpec(name: "vm\(number)", id: number, host: "vm\(number)")
        node.priority = 110 - 10 * number
        node.postgresql = spec.postgresql
        return node
    }

    private static func poolers(on nodes: [NodeName]) -> PgBouncerSpec {
        var pgbouncer = PgBouncerSpec()
        pgbouncer.hosts = nodes.map { PoolerHost(name: $0, address: $0, ssh: SSHSpec(), isNode: true) }
        pgbouncer.users = ["app"]
        pgbouncer.settings = [Setting("pool_mode", "transaction")]
        var rw = PoolDatabase(name: "postgres_rw", target: .rw)
        rw.dbname = "postgres"
        var ro = PoolDatabase(name: "postgres_ro", target: .ro)
        ro.dbname = "postgres"
        pgbouncer.databases = [rw, ro]
        return pgbouncer
    }

    private static func backup() -> BarmanSpec {
        var barman = BarmanSpec(host: "backup", server: "vm95", alias: "vmp")
        barman.ssh.user = "barman"
        barman.password = .file("/etc/pgregent/barman.password")
        barman.streamingPassword = .file("/etc/pgregent/streaming.password")
        barman.settings = [
            Setting("description", "9.5 cluster on VMs"), Setting("backup_method", "postgres"),
            Setting("streaming_archiver", "on"), Setting("slot_name", "barman"),
            Setting("retention_policy", "RECOVERY WINDOW OF 7 DAYS"),
        ]
        return barman
    }
}
