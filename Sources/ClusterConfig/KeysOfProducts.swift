import ClusterModel

extension Keys {
    static let repmgr = Section(RepmgrSpec()) {
        Key("user", \.user, .text(.bareName), "The role that repmgr and replication connect as.")
        Key("database", \.database, .text(.bareName), "The database that holds repmgr's records.")
        Key(
            "password", \.password, .secret,
            "Where that role's password is found. It is set on the servers and kept in the hosts' passfiles.",
            without: "passwords are left alone")
        Key(
            "conninfo", \.conninfo, .settings(owned: ownedConninfo),
            "Further libpq parameters for every connection to the nodes, by their own names.")
        Key("config_file", \.configFile, .text(.absolutePath), "The path of repmgr.conf on the nodes' hosts.")
        Key(
            "use_replication_slots", \.useReplicationSlots, .flag,
            "true: every standby has a replication slot, so that its upstream keeps the log that it still needs.")
        Key(
            "settings", \.settings, .settings(owned: ownedRepmgrSettings),
            "Further parameters of repmgr.conf, by their own names.")
    }

    static let pgbouncer = Section(from: { PgBouncerSpec(onNodesOf: $0) }) {
        Key(
            "hosts", \.hosts, .poolerHosts,
            "Where PgBouncer runs: names of nodes, or hosts of their own.", without: "every data node")
        Key("port", \.port, .port, "The TCP port that PgBouncer listens on.")
        Key("config_file", \.configFile, .text(.absolutePath), "The path of pgbouncer.ini on its hosts.")
        Key(
            "auth_file", \.authFile, .text(.absolutePath),
            "The path of userlist.txt on its hosts, where PgBouncer finds its users' secrets.")
        Key(
            "admin_user", \.adminUser, .text(.name),
            "The user of PgBouncer's console, through which pools are paused and resumed.")
        Key(
            "users", \.users, .list(of: .text(.name)),
            "Roles that clients connect as. Their secrets are taken from the primary into `auth_file`.")
        Key(
            "service", \.service, .service(.pgbouncer, .systemd(unit: nil)),
            "How PgBouncer is started and stopped. pgbouncer: the program is started directly.")
        Key(
            "settings", \.settings, .settings(owned: ownedPgBouncerSettings),
            "Further parameters of the [pgbouncer] section, by their own names.")
        Key("databases", \.databases, .list(of: poolDatabase), "The entries of the [databases] section.")
    }

    static let poolerHost = Section(PoolerHost(name: "", address: "", ssh: SSHSpec(), isNode: false)) {
        Key("name", \.name, .text(.name), "The host's name in output.", required: true)
        Key("host", \.address, .text(.host), "The host's name or address.", required: true)
        Key(
            "ssh", \.ssh, .overrides(ssh), "How the host is reached, where it differs from the file's `ssh`.",
            without: "as in `ssh`", inheriting: \.ssh)
    }

    static let poolDatabase = Section(PoolDatabase(name: "", target: .rw)) {
        // PgBouncer's file has no way to write another one: its manual speaks of quotes, its parser refuses them.
        Key(
            "name", \.name, .text(.word).refusedStillRead(as: .text(.name)), "The database as clients name it.",
            required: true)
        Key(
            "target", \.target, .choice(.rw, .ro, .any, .local),
            "rw: the primary. ro: streaming standbys, or the primary when there is none. any: any healthy node. local: the node that PgBouncer runs on.",
            required: true)
        Key("dbname", \.dbname, .text(.name), "The database's name on the server.", without: "the same name")
        Key(
            "maximum_lag", \.maximumLag, .size, "How far a standby may be behind and still serve `ro`.",
            without: "no limit")
        Key(
            "options", \.options, .settings(owned: ownedPoolOptions).unlessEmpty,
            "Further options of the entry, such as `pool_size`, by their own names.", without: "none")
    }

    static let barman = Section(from: { BarmanSpec(reachedAsIn: $0) }) {
        Key("host", \.host, .text(.host), "The backup host's name or address.", required: true)
        Key(
            "ssh", \.ssh, .overrides(ssh),
            "How the backup host is reached, where it differs from the file's `ssh`. The account must be or may become barman.",
            without: "as in `ssh`, with `user: barman`")
        Key(
            "server", \.server, .text(.word),
            "Barman's name for the cluster: the [server] section in a file of its own.", without: "the cluster's name",
            derived: { _, cluster in cluster.cluster })
        Key(
            "configuration_directory", \.configurationDirectory, .text(.absolutePath),
            "The directory on the backup host that the server's own file is written to.")
        Key("home", \.home, .text(.absolutePath), "Barman's directory for backups and log: its barman_home.")
        Key(
            "alias", \.alias, .text(.word),
            "The fixed name under which Barman always reaches the node that it backs up. It names a section of `~barman/.pg_service.conf` and a Host of `~barman/.ssh/config`.",
            without: "the name of `server`", derived: { spec, _ in spec.server })
        Key("user", \.user, .text(.name), "The role that Barman connects as.")
        Key(
            "password", \.password, .secret,
            "Where that role's password is found. It is set on the servers and kept in Barman's passfile.",
            without: "passwords are left alone")
        Key("streaming_user", \.streamingUser, .text(.name), "The role that Barman receives the log as.")
        Key(
            "streaming_password", \.streamingPassword, .secret,
            "Where that role's password is found, as for `password`.",
            without: "passwords are left alone")
        Key(
            "follow", \.follow, .choice(.primary, .standby),
            "Which node is backed up. standby: the streaming standby with the lowest id, or the primary when there is none."
        )
        Key(
            "settings", \.settings, .settings(owned: ownedBarmanSettings),
            "Further options of Barman's server, by their own names.")
    }
}

extension PgBouncerSpec {
    /// Without a list of hosts every data node runs one.
    fileprivate init(onNodesOf cluster: ClusterSpec) {
        self.init()
        hosts = cluster.dataNodes.map(PoolerHost.init(node:))
    }
}

extension BarmanSpec {
    /// Barman's host is reached as the nodes are, but as Barman's own account.
    fileprivate init(reachedAsIn cluster: ClusterSpec) {
        self.init(host: "", server: "", alias: "")
        ssh = cluster.ssh
        ssh.user = "barman"
    }

    /// Its host is told apart from a node or pooler of the same name.
    mutating func nameHost(in cluster: ClusterSpec) {
        let taken = cluster.nodes.map(\.name) + (cluster.pgbouncer?.hosts.map(\.name) ?? [])
        hostName = taken.contains(host) ? "barman@\(host)" : host
    }
}
