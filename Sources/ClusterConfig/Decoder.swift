import ClusterModel
import YAML

/// A tree that the checker has been over → the value. What the checker refused reads as if it were left out.
struct Decoder {
    let file: Mapping

    init(_ root: Node) {
        file = Mapping(root)
    }

    func spec() -> ClusterSpec {
        var spec = ClusterSpec(cluster: file.text("cluster", .name) ?? "", nodes: [])
        spec.systemIdentifier = file.digits("system_identifier")
        spec.ssh = ssh(file.mapping("ssh"), over: SSHSpec())
        spec.postgresql = postgresql([file.mapping("postgresql")])
        spec.repmgr = repmgr(file.mapping("repmgr"))
        spec.nodes = (file.list("nodes") ?? []).map { node(Mapping($0), in: spec) }
        spec.bootstrap = bootstrap(file.mapping("bootstrap"))
        switch file.text("preferred_primary", .name) {
        case nil, "none": spec.preferredPrimary = .none
        case "highest_priority": spec.preferredPrimary = .highestPriority
        case let name?: spec.preferredPrimary = .node(name)
        }
        spec.switchover = switchover(file.mapping("switchover"))
        spec.failover = failover(file.mapping("failover"))
        spec.durability = durability(file.mapping("durability"))
        if file.hasMapping("pgbouncer") { spec.pgbouncer = pgbouncer(file.mapping("pgbouncer"), in: spec) }
        if file.hasMapping("barman") { spec.barman = barman(file.mapping("barman"), in: spec) }
        spec.reconcile = reconcile(file.mapping("reconcile"))
        return spec
    }

    func ssh(_ keys: Mapping, over base: SSHSpec) -> SSHSpec {
        var spec = base
        keys.text("user", .argument).map { spec.user = $0 }
        keys.integer("port", in: 1...65535).map { spec.port = $0 }
        keys.text("identity_file", .localPath).map { spec.identityFile = $0 }
        keys.text("known_hosts_file", .localPath).map { spec.knownHostsFile = $0 }
        keys.flag("sudo").map { spec.sudo = $0 }
        keys.duration("connect_timeout").map { spec.connectTimeout = $0 }
        return spec
    }

    /// Later layers override earlier ones. The directories are derived only after that: a node that overrides
    /// `version` alone gets that version's directories.
    func postgresql(_ layers: [Mapping]) -> PostgreSQLSpec {
        var spec = PostgreSQLSpec()
        for keys in layers { keys.integer("version", in: 10...99).map { spec.version = $0 } }
        spec.dataDirectory = "/var/lib/postgresql/\(spec.version)/main"
        spec.configDirectory = "/etc/postgresql/\(spec.version)/main"
        spec.binDirectory = "/usr/lib/postgresql/\(spec.version)/bin"
        for keys in layers {
            keys.text("os_user", .argument).map { spec.osUser = $0 }
            keys.integer("port", in: 1...65535).map { spec.port = $0 }
            keys.text("data_directory", .absolutePath).map { spec.dataDirectory = $0 }
            keys.text("config_directory", .absolutePath).map { spec.configDirectory = $0 }
            keys.text("bin_directory", .absolutePath).map { spec.binDirectory = $0 }
            service(keys.node("service")).map { spec.service = $0 }
            spec.parameters = spec.parameters.merged(with: keys.settings("parameters"))
            keys.texts("hba", .command).map { spec.hba = $0 }
        }
        return spec
    }

    func service(_ node: Node?) -> ServiceSpec? {
        switch node?.string {
        case "pg_ctlcluster": return .pgCtlCluster
        case "pg_ctl": return .pgCtl
        case "pgbouncer": return .pgbouncer
        case "systemd": return .systemd(unit: nil)
        default: break
        }
        guard let node, case .mapping = node.content else { return nil }
        let keys = Mapping(node)
        if let unit = keys.text("systemd", .argument) { return .systemd(unit: unit) }
        return .commands(
            start: keys.text("start", .command), stop: keys.text("stop", .command),
            restart: keys.text("restart", .command), reload: keys.text("reload", .command))
    }

    func repmgr(_ keys: Mapping) -> RepmgrSpec {
        var spec = RepmgrSpec()
        keys.text("user", .name).map { spec.user = $0 }
        keys.text("database", .name).map { spec.database = $0 }
        spec.password = keys.secret("password")
        spec.conninfo = keys.settings("conninfo")
        keys.text("config_file", .absolutePath).map { spec.configFile = $0 }
        keys.flag("use_replication_slots").map { spec.useReplicationSlots = $0 }
        spec.settings = keys.settings("settings")
        return spec
    }

    func node(_ keys: Mapping, in cluster: ClusterSpec) -> NodeSpec {
        var spec = NodeSpec(
            name: keys.text("name", .name) ?? "", id: keys.integer("id") ?? 0, host: keys.text("host", .host) ?? "")
        keys.integer("priority").map { spec.priority = $0 }
        keys.text("location", .name).map { spec.location = $0 }
        keys.choice("kind").map { spec.kind = $0 }
        spec.upstream = keys.text("upstream", .name)
        spec.conninfo = cluster.repmgr.conninfo.merged(with: keys.settings("conninfo"))
        spec.ssh = ssh(keys.mapping("ssh"), over: cluster.ssh)
        spec.postgresql = postgresql([file.mapping("postgresql"), keys.mapping("postgresql")])
        spec.delay = keys.duration("delay").flatMap { $0 == .zero ? nil : $0 }
        keys.flag("synchronous").map { spec.synchronous = $0 }
        keys.flag("maintenance").map { spec.maintenance = $0 }
        keys.choice("ensure").map { spec.ensure = $0 }
        return spec
    }
}
