import ClusterModel
import HostAccess
import Repmgr

extension Draft {
    /// What most nodes have; each node says where it differs.
    var postgresqlSection: YAMLText.Entry? {
        var entries = PostgreSQLKeys(base).entries(overriding: nil)
        entries.append(.comment("parameters: and hba: are yours to declare; what is not listed here is left as it is"))
        return YAMLText.Entry("postgresql", .mapping(entries))
    }

    /// Each key's most frequent value.
    var base: PostgreSQLSpec {
        let seen = nodes.filter { $0.texts?.server != nil && !$0.isWitness }.map(\.postgresql)
        let all = seen.isEmpty ? nodes.map(\.postgresql) : seen
        var base = PostgreSQLSpec()
        base.version = mostFrequent(all.map(\.version)) ?? base.version
        base.osUser = mostFrequent(all.map(\.osUser)) ?? base.osUser
        base.port = mostFrequent(all.map(\.port)) ?? base.port
        let same = all.filter { $0.version == base.version }
        base.dataDirectory = mostFrequent(same.map(\.dataDirectory)) ?? base.dataDirectory
        base.configDirectory = mostFrequent(same.map(\.configDirectory)) ?? base.configDirectory
        base.binDirectory = mostFrequent(same.map(\.binDirectory)) ?? base.binDirectory
        let commands = mostFrequent(same.map { "\($0.service)" })
        base.service = same.first { "\($0.service)" == commands }?.service ?? base.service
        return base
    }

    /// Where a node differs; nothing for a node that could not be visited.
    func overrides(of node: DraftNode) -> [YAMLText.Entry] {
        guard node.texts != nil else {
            let port = node.conninfo["port"].flatMap { Int($0) } ?? 5432
            return port == base.port ? [] : [.init("port", .number(port))]
        }
        return PostgreSQLKeys(node.postgresql).entries(overriding: base)
    }
}

extension DraftNode {
    /// PostgreSQL on this node, as its server and its repmgr.conf have it.
    var postgresql: PostgreSQLSpec {
        var spec = PostgreSQLSpec()
        let parameters = texts?.server?.parameters ?? [:]
        let number = texts?.server?.versionNumber ?? 0
        if number > 0 { spec.version = number / 10000 }
        spec.osUser = texts?.owner ?? spec.osUser
        spec.port = (parameters["port"] ?? conninfo["port"]).flatMap { Int($0) } ?? spec.port
        let standard = PostgreSQLKeys.directories(version: spec.version)
        spec.dataDirectory = parameters["data_directory"] ?? texts?.value("data_directory") ?? standard.data
        spec.configDirectory =
            parameters["config_file"].flatMap(Self.directory) ?? texts?.value("config_directory")
            ?? standard.configuration
        spec.binDirectory = texts?.value("pg_bindir") ?? texts?.binDirectory ?? standard.programs
        spec.service = service(spec)
        return spec
    }

    private static func directory(of path: String) -> String? {
        path.lastIndex(of: "/").map { String(path[..<$0]) }
    }

    /// repmgr.conf's commands say how the server is run; without them its place does.
    private func service(_ spec: PostgreSQLSpec) -> ServiceSpec {
        let isDebian = spec.configDirectory.hasPrefix("/etc/postgresql/")
        let usual: ServiceSpec = isDebian ? .pgCtlCluster : .pgCtl
        func command(_ verb: NodeLayout.Verb) -> String? {
            texts?.value("service_\(verb.rawValue)_command").flatMap { $0.isEmpty ? nil : $0 }
        }
        let verbs: [NodeLayout.Verb] = [.start, .stop, .restart, .reload]
        let given = verbs.filter { command($0) != nil }
        guard !given.isEmpty else {
            if !isDebian, let unit = texts?.unit { return .systemd(unit: unit) }
            return usual
        }
        for candidate in [usual, .pgCtlCluster, .pgCtl] {
            let layout = layout(spec, candidate)
            if given.allSatisfy({ NodeLayout.sameService(command($0) ?? "", layout.service($0)) }) { return candidate }
        }
        return .commands(
            start: command(.start), stop: command(.stop), restart: command(.restart), reload: command(.reload))
    }

    private func layout(_ spec: PostgreSQLSpec, _ service: ServiceSpec) -> NodeLayout {
        var node = NodeSpec(name: record.name, id: record.id, host: host)
        node.postgresql = spec
        node.postgresql.service = service
        return NodeLayout(node)
    }
}

/// The `postgresql` section's keys, defaults left out.
struct PostgreSQLKeys {
    private let spec: PostgreSQLSpec

    init(_ spec: PostgreSQLSpec) {
        self.spec = spec
    }

    static func directories(version: Int) -> (data: String, configuration: String, programs: String) {
        ("/var/lib/postgresql/\(version)/main", "/etc/postgresql/\(version)/main", "/usr/lib/postgresql/\(version)/bin")
    }

    /// - Parameter base: what the cluster's own section says; nil: this is that section.
    func entries(overriding base: PostgreSQLSpec?) -> [YAMLText.Entry] {
        var entries: [YAMLText.Entry] = []
        let standard = Self.directories(version: spec.version)
        // Another version moves the default directories: then all of them are said.
        let other = base.map { $0.version != spec.version } ?? false
        func add(_ key: String, _ value: String, _ inherited: String?, _ usual: String) {
            if other || value != (inherited ?? usual) { entries.append(.init(key, .text(value))) }
        }
        if base == nil || other { entries.append(.init("version", .number(spec.version))) }
        if spec.osUser != base?.osUser ?? "postgres" { entries.append(.init("os_user", .text(spec.osUser))) }
        if spec.port != base?.port ?? 5432 { entries.append(.init("port", .number(spec.port))) }
        add("data_directory", spec.dataDirectory, base?.dataDirectory, standard.data)
        add("config_directory", spec.configDirectory, base?.configDirectory, standard.configuration)
        add("bin_directory", spec.binDirectory, base?.binDirectory, standard.programs)
        if spec.service != base?.service ?? .pgCtlCluster {
            entries.append(.init("service", Self.value(of: spec.service)))
        }
        return entries
    }

    static func value(of service: ServiceSpec) -> YAMLText {
        switch service {
        case .pgCtlCluster: return .text("pg_ctlcluster")
        case .pgCtl: return .text("pg_ctl")
        case .pgbouncer: return .text("pgbouncer")
        case .systemd(nil): return .text("systemd")
        case .systemd(let unit?): return .mapping([.init("systemd", .text(unit))])
        case .commands(let start, let stop, let restart, let reload):
            let all = [("start", start), ("stop", stop), ("restart", restart), ("reload", reload)]
            return .mapping(all.compactMap { key, command in command.map { .init(key, .text($0)) } })
        }
    }
}
