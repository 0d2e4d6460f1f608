package import ClusterModel

extension ClusterConfig {
    /// The whole file that the spec stands for, every default written out; it decodes to an equal spec.
    package static func showDefaults(_ spec: ClusterSpec) -> String {
        Written(spec).lines.joined(separator: "\n") + "\n"
    }
}

extension Written {
    init(_ spec: ClusterSpec) {
        self = .keys([
            ("version", Written(1)),
            ("cluster", .text(spec.cluster)),
            ("system_identifier", spec.systemIdentifier.map { .text($0) }),
            ("ssh", Written(spec.ssh, differingFrom: nil)),
            ("postgresql", Written(spec.postgresql, differingFrom: nil)),
            ("repmgr", Written(spec.repmgr)),
            ("nodes", .list(spec.nodes.map { Written($0, in: spec) })),
            ("bootstrap", Written(spec.bootstrap)),
            ("preferred_primary", Written(spec.preferredPrimary)),
            ("switchover", Written(spec.switchover)),
            ("failover", Written(spec.failover)),
            ("durability", Written(spec.durability)),
            ("pgbouncer", spec.pgbouncer.map { Written($0, in: spec) }),
            ("barman", spec.barman.map { Written($0) }),
            ("reconcile", Written(spec.reconcile)),
        ])
    }

    /// All keys, or only those that differ from the cluster-wide ones.
    private init(_ spec: SSHSpec, differingFrom base: SSHSpec?) {
        self = .keys([
            ("user", spec.user == base?.user ? nil : .text(spec.user)),
            ("port", spec.port == base?.port ? nil : spec.port.map { Written($0) }),
            ("identity_file", spec.identityFile == base?.identityFile ? nil : spec.identityFile.map { .text($0) }),
            (
                "known_hosts_file",
                spec.knownHostsFile == base?.knownHostsFile ? nil : spec.knownHostsFile.map { .text($0) }
            ),
            ("sudo", spec.sudo == base?.sudo ? nil : Written(spec.sudo)),
            ("connect_timeout", spec.connectTimeout == base?.connectTimeout ? nil : Written(spec.connectTimeout)),
        ])
    }

    private init(_ spec: PostgreSQLSpec, differingFrom base: PostgreSQLSpec?) {
        let parameters = spec.parameters.filter { !(base?.parameters.contains($0) ?? false) }
        self = .keys([
            ("version", spec.version == base?.version ? nil : Written(spec.version)),
            ("os_user", spec.osUser == base?.osUser ? nil : .text(spec.osUser)),
            ("port", spec.port == base?.port ? nil : Written(spec.port)),
            ("data_directory", spec.dataDirectory == base?.dataDirectory ? nil : .text(spec.dataDirectory)),
            ("config_directory", spec.configDirectory == base?.configDirectory ? nil : .text(spec.configDirectory)),
            ("bin_directory", spec.binDirectory == base?.binDirectory ? nil : .text(spec.binDirectory)),
            ("service", spec.service == base?.service ? nil : Written(spec.service)),
            ("parameters", base != nil && parameters.isEmpty ? nil : Written(parameters)),
            ("hba", spec.hba == base?.hba ? nil : Written(texts: spec.hba)),
        ])
    }

    private init(_ spec: RepmgrSpec) {
        self = .keys([
            ("user", .text(spec.user)),
            ("database", .text(spec.database)),
            ("password", spec.password.map { Written($0) }),
            ("conninfo", Written(spec.conninfo)),
            ("config_file", .text(spec.configFile)),
            ("use_replication_slots", Written(spec.useReplicationSlots)),
            ("settings", Written(spec.settings)),
        ])
    }

    private init(_ spec: NodeSpec, in cluster: ClusterSpec) {
        let conninfo = spec.conninfo.filter { !cluster.repmgr.conninfo.contains($0) }
        let ssh = Written(spec.ssh, differingFrom: cluster.ssh)
        let postgresql = Written(spec.postgresql, differingFrom: cluster.postgresql)
        self = .keys([
            ("name", .text(spec.name)),
            ("id", Written(spec.id)),
            ("host", .text(spec.host)),
            ("priority", Written(spec.priority)),
            ("location", .text(spec.location)),
            ("kind", Written(spec.kind)),
            ("upstream", spec.upstream.map { .text($0) }),
            ("conninfo", conninfo.isEmpty ? nil : Written(conninfo)),
            ("ssh", ssh.isScalar ? nil : ssh),
            ("postgresql", postgresql.isScalar ? nil : postgresql),
            ("delay", spec.delay.map { Written($0) }),
            ("synchronous", Written(spec.synchronous)),
            ("maintenance", Written(spec.maintenance)),
            ("ensure", Written(spec.ensure)),
        ])
    }

    private init(_ spec: PgBouncerSpec, in cluster: ClusterSpec) {
        self = .keys([
            (
                "hosts",
                .list(
                    spec.hosts.map { host in
                        if host.isNode { return .text(host.name) }
                        let ssh = Written(host.ssh, differingFrom: cluster.ssh)
                        return .keys([
                            ("name", .text(host.name)), ("host", .text(host.address)),
                            ("ssh", ssh.isScalar ? nil : ssh),
                        ])
                    })
            ),
            ("port", Written(spec.port)),
            ("config_file", .text(spec.configFile)),
            ("auth_file", .text(spec.authFile)),
            ("admin_user", .text(spec.adminUser)),
            ("users", Written(texts: spec.users)),
            ("service", Written(spec.service)),
            ("settings", Written(spec.settings)),
            (
                "databases",
                .list(
                    spec.databases.map { database in
                        .keys([
                            ("name", .text(database.name)),
                            ("target", Written(database.target)),
                            ("dbname", database.dbname.map { .text($0) }),
                            ("maximum_lag", database.maximumLag.map { Written($0) }),
                            ("options", database.options.isEmpty ? nil : Written(database.options)),
                        ])
                    })
            ),
        ])
    }

    private init(_ spec: BarmanSpec) {
        self = .keys([
            ("host", .text(spec.host)),
            ("ssh", Written(spec.ssh, differingFrom: nil)),
            ("server", .text(spec.server)),
            ("configuration_directory", .text(spec.configurationDirectory)),
            ("home", .text(spec.home)),
            ("alias", .text(spec.alias)),
            ("user", .text(spec.user)),
            ("password", spec.password.map { Written($0) }),
            ("streaming_user", .text(spec.streamingUser)),
            ("streaming_password", spec.streamingPassword.map { Written($0) }),
            ("follow", Written(spec.follow)),
            ("settings", Written(spec.settings)),
        ])
    }
}
