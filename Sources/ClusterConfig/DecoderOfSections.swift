import ClusterModel
import YAML

extension Decoder {
    func bootstrap(_ keys: Mapping) -> BootstrapSpec {
        switch keys.node("from")?.string {
        case "initdb": .initdb
        case "barman":
            .barman(backup: keys.text("backup", .argument), targetTime: keys.text("target_time", .argument))
        default: .none
        }
    }

    func switchover(_ keys: Mapping) -> SwitchoverSpec {
        var spec = SwitchoverSpec()
        keys.choice("mode").map { spec.mode = $0 }
        keys.duration("pause_timeout").map { spec.pauseTimeout = $0 }
        keys.size("maximum_lag").map { spec.maximumLag = $0 }
        return spec
    }

    func failover(_ keys: Mapping) -> FailoverSpec {
        var spec = FailoverSpec()
        keys.choice("mode").map { spec.mode = $0 }
        keys.choice("owner").map { spec.owner = $0 }
        keys.integer("reconnect_attempts").map { spec.reconnectAttempts = $0 }
        keys.duration("reconnect_interval").map { spec.reconnectInterval = $0 }
        keys.duration("response_timeout").map { spec.responseTimeout = $0 }
        keys.size("maximum_lag").map { spec.maximumLag = $0 }
        keys.choice("fence").map { spec.fence = $0 }
        spec.fenceCommand = keys.text("fence_command", .command)
        keys.choice("rejoin").map { spec.rejoin = $0 }
        keys.flag("guard").map { spec.guard = $0 }
        keys.duration("minimum_interval").map { spec.minimumInterval = $0 }
        return spec
    }

    func durability(_ keys: Mapping) -> DurabilitySpec {
        var spec = DurabilitySpec()
        keys.choice("mode").map { spec.mode = $0 }
        keys.integer("standbys").map { spec.standbys = $0 }
        keys.flag("strict").map { spec.strict = $0 }
        return spec
    }

    func reconcile(_ keys: Mapping) -> ReconcileSpec {
        var spec = ReconcileSpec()
        keys.duration("interval").map { spec.interval = $0 }
        keys.duration("command_timeout").map { spec.commandTimeout = $0 }
        keys.duration("clone_timeout").map { spec.cloneTimeout = $0 }
        return spec
    }

    func pgbouncer(_ keys: Mapping, in cluster: ClusterSpec) -> PgBouncerSpec {
        var spec = PgBouncerSpec()
        let nodes = Dictionary(cluster.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        spec.hosts =
            keys.list("hosts").map { $0.compactMap { poolerHost($0, nodes, over: cluster.ssh) } }
            ?? cluster.dataNodes.map(PoolerHost.init(node:))
        keys.integer("port", in: 1...65535).map { spec.port = $0 }
        keys.text("config_file", .absolutePath).map { spec.configFile = $0 }
        keys.text("auth_file", .absolutePath).map { spec.authFile = $0 }
        keys.text("admin_user", .name).map { spec.adminUser = $0 }
        spec.users = keys.texts("users", .name) ?? []
        service(keys.node("service")).map { spec.service = $0 }
        spec.settings = keys.settings("settings")
        spec.databases = (keys.list("databases") ?? []).map { poolDatabase(Mapping($0)) }
        return spec
    }

    /// nil for the name of no node; a rule reports it.
    private func poolerHost(_ node: Node, _ nodes: [NodeName: NodeSpec], over base: SSHSpec) -> PoolerHost? {
        if let name = node.string { return nodes[name].map(PoolerHost.init(node:)) }
        let keys = Mapping(node)
        guard let name = keys.text("name", .name), let host = keys.text("host", .host) else { return nil }
        return PoolerHost(name: name, address: host, ssh: ssh(keys.mapping("ssh"), over: base), isNode: false)
    }

    private func poolDatabase(_ keys: Mapping) -> PoolDatabase {
        var spec = PoolDatabase(name: keys.text("name", .name) ?? "", target: keys.choice("target") ?? .rw)
        spec.dbname = keys.text("dbname", .name)
        spec.maximumLag = keys.size("maximum_lag")
        spec.options = keys.settings("options")
        return spec
    }

    func barman(_ keys: Mapping, in cluster: ClusterSpec) -> BarmanSpec {
        let host = keys.text("host", .host) ?? ""
        let server = keys.text("server", .word) ?? cluster.cluster
        var spec = BarmanSpec(host: host, server: server, alias: keys.text("alias", .word) ?? server)
        var base = cluster.ssh
        base.user = "barman"
        spec.ssh = ssh(keys.mapping("ssh"), over: base)
        keys.text("configuration_directory", .absolutePath).map { spec.configurationDirectory = $0 }
        keys.text("home", .absolutePath).map { spec.home = $0 }
        keys.text("user", .name).map { spec.user = $0 }
        spec.password = keys.secret("password")
        keys.text("streaming_user", .name).map { spec.streamingUser = $0 }
        spec.streamingPassword = keys.secret("streaming_password")
        keys.choice("follow").map { spec.follow = $0 }
        spec.settings = keys.settings("settings")
        let taken = cluster.nodes.map(\.name) + (cluster.pgbouncer?.hosts.map(\.name) ?? [])
        if taken.contains(host) { spec.hostName = "barman@\(host)" }
        return spec
    }
}

extension PoolerHost {
    fileprivate init(node: NodeSpec) {
        self.init(name: node.name, address: node.host, ssh: node.ssh, isNode: true)
    }
}
