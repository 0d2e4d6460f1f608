import ClusterModel

extension Keys {
    static let repmgr = Section(RepmgrSpec()) {
        Key("user", \.user, .text(.bareName), "The role that repmgr and replication use.")
        Key("database", \.database, .text(.bareName), "The database of repmgr's metadata.")
        Key(
            "password", \.password, .secret, "Where the role's password is found; it never stands in this file.")
        Key(
            "conninfo", \.conninfo, .settings(owned: ownedConninfo),
            "Further libpq parameters for every connection to the nodes.")
        Key("config_file", \.configFile, .text(.absolutePath), "repmgr.conf on the hosts.")
        Key(
            "use_replication_slots", \.useReplicationSlots, .flag, "true: every standby has a replication slot.")
        Key(
            "settings", \.settings, .settings(owned: ownedRepmgrSettings),
            "Further parameters of repmgr.conf, by their own names.")
    }

    static let pgbouncer = Section(from: { PgBouncerSpec(onNodesOf: $0) }) {
        Key(
            "hosts", \.hosts, .poolerHosts, "Names of nodes, or hosts of their own; without it every data node.")
        Key("port", \.port, .port, "The port that PgBouncer listens on.")
        Key("config_file", \.configFile, .text(.absolutePath), "pgbouncer.ini on the hosts.")
        Key("auth_file", \.authFile, .text(.absolutePath), "userlist.txt on the hosts.")
        Key("admin_user", \.adminUser, .text(.name), "The user of PgBouncer's console.")
        Key(
            "users", \.users, .list(of: .text(.name)),
            "Roles whose secrets are taken from the primary into auth_file.")
        Key(
            "service", \.service, .service(.pgbouncer, .systemd(unit: nil)),
            "How PgBouncer is started and stopped; pgbouncer: directly.")
        Key(
            "settings", \.settings, .settings(owned: ownedPgBouncerSettings),
            "Any [pgbouncer] parameter, by its own name.")
        Key("databases", \.databases, .list(of: poolDatabase), "The entries of [databases].")
    }

    static let poolerHost = Section(PoolerHost(name: "", address: "", ssh: SSHSpec(), isNode: false)) {
        Key("name", \.name, .text(.name), "The host's name in output.", required: true)
        Key("host", \.address, .text(.host), "The host's name or address.", required: true)
        Key("ssh", \.ssh, .overrides(ssh), "Keys that differ from the file's ssh section.", inheriting: \.ssh)
    }

    static let poolDatabase = Section(PoolDatabase(name: "", target: .rw)) {
        // PgBouncer's file has no way to write another one: its manual speaks of quotes, its parser refuses them.
        Key(
            "name", \.name, .text(.word).refusedStillRead(as: .text(.name)), "The database as clients name it.",
            required: true)
        Key(
            "target", \.target, .choice(.rw, .ro, .any, .local),
            "rw: the primary; ro: streaming standbys; any: any healthy node; local: the node that PgBouncer runs on.",
            required: true)
        Key("dbname", \.dbname, .text(.name), "The database on the server; without it the same name.")
        Key("maximum_lag", \.maximumLag, .size, "A standby further behind leaves ro; without it no limit.")
        Key(
            "options", \.options, .settings(owned: ownedPoolOptions).unlessEmpty,
            "Further connect-string options, by their own names.")
    }

    static let barman = Section(from: { BarmanSpec(reachedAsIn: $0) }) {
        Key("host", \.host, .text(.host), "The backup host's name or address.", required: true)
        Key("ssh", \.ssh, .overrides(ssh), "Keys that differ from the file's ssh section; user: barman.")
        Key(
            "server", \.server, .text(.word), "The [server] section; without it the cluster's name.",
            derived: { _, cluster in cluster.cluster })
        Key(
            "configuration_directory", \.configurationDirectory, .text(.absolutePath),
            "Where the server's own file is written.")
        Key("home", \.home, .text(.absolutePath), "Barman's home directory.")
        Key(
            "alias", \.alias, .text(.word),
            "A section of ~barman/.pg_service.conf and a Host of ~barman/.ssh/config; without it the server's name.",
            derived: { spec, _ in spec.server })
        Key("user", \.user, .text(.name), "The role that Barman connects as.")
        Key(
            "password", \.password, .secret, "Where the role's password is found; it never stands in this file.")
        Key("streaming_user", \.streamingUser, .text(.name), "The role that Barman streams as.")
        Key(
            "streaming_password", \.streamingPassword, .secret,
            "Where its password is found; it never stands in this file.")
        Key("follow", \.follow, .choice(.primary, .standby), "Which node Barman backs up.")
        Key(
            "settings", \.settings, .settings(owned: ownedBarmanSettings), "Any barman option, by its own name.")
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
        ssh.user = user
    }

    /// Its host is told apart from a node or pooler of the same name.
    mutating func nameHost(in cluster: ClusterSpec) {
        let taken = cluster.nodes.map(\.name) + (cluster.pgbouncer?.hosts.map(\.name) ?? [])
        hostName = taken.contains(host) ? "barman@\(host)" : host
    }
}
