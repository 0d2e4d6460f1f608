import ClusterModel
import HostAccess
import PgBouncer
import Repmgr

extension Draft {
    /// What pgregent writes into a new file and otherwise leaves alone: as it is, it needs no saying.
    private static let usual = [
        Setting("logfile", "/var/log/postgresql/pgbouncer.log"),
        Setting("pidfile", "/var/run/postgresql/pgbouncer.pid"),
        Setting("unix_socket_dir", "/var/run/postgresql"), Setting("auth_type", "scram-sha-256"),
    ]
    private static let saidElsewhere: Set<String> = ["listen_port", "auth_file", "admin_users"]

    private var poolers: [(node: DraftNode, texts: PoolerTexts)] {
        nodes.compactMap { node in node.texts?.pooler.map { (node, $0) } }
    }

    /// Nothing where no PgBouncer was seen.
    var poolerSection: [YAMLText.Entry] {
        guard !poolers.isEmpty else { return [] }
        let standard = PgBouncerSpec()
        var entries: [YAMLText.Entry] = [.init("hosts", .list(poolers.map { .init(.text($0.node.record.name)) }))]
        func add(_ key: String, _ values: [String], _ usual: String, number: Bool = false) {
            guard let value = mostFrequent(values) else { return }
            let comments =
                Set(values).count > 1
                ? ["not the same everywhere: \(Set(values).sorted().joined(separator: ", "))"] : []
            if value != usual || !comments.isEmpty {
                entries.append(.init(key, number ? .value(value) : .text(value), comments: comments))
            }
        }
        add("port", values("listen_port", or: "6432"), String(standard.port), number: true)
        add("config_file", poolers.map(\.texts.path), standard.configFile)
        add("auth_file", values("auth_file", or: standard.authFile), standard.authFile)
        add("admin_user", values("admin_users", or: standard.adminUser).map(Self.firstName), standard.adminUser)
        entries += users
        if let unit = mostFrequent(poolers.map(\.texts.unit)) ?? nil {
            let service = ServiceSpec.systemd(unit: unit == "pgbouncer" ? nil : unit)
            entries.append(.init("service", PostgreSQLKeys.value(of: service)))
        }
        let (settings, comments) = Self.common(poolers.map { ($0.node.record.name, Self.settings($0.texts)) })
        entries += comments.map { .comment($0) }
        if !settings.isEmpty {
            entries.append(.init("settings", .mapping(settings.map { .init($0.name, .value($0.value)) })))
        }
        let (databases, foreign) = PoolRecognition(nodes: nodes, primary: primary, poolers: poolers).databases()
        entries += foreign.map { .comment($0) }
        if !databases.isEmpty { entries.append(.init("databases", .list(databases))) }
        return [YAMLText.Entry("pgbouncer", .mapping(entries))]
    }

    private func values(_ key: String, or usual: String) -> [String] {
        poolers.map { INIText($0.texts.configuration).value(of: key, in: "pgbouncer") ?? usual }
    }

    private static func firstName(_ list: String) -> String {
        list.split(separator: ",").first.map(\.trimmed) ?? list
    }

    /// Names of the auth file that are roles of the cluster: their secrets can be taken from the primary.
    private var users: [YAMLText.Entry] {
        let logins = primary?.texts?.server?.logins
        var names: [String] = []
        for name in poolers.flatMap(\.texts.users) where !names.contains(name) { names.append(name) }
        let roles = names.filter { logins?.contains($0) ?? true }
        let others = names.filter { !roles.contains($0) }
        var entries: [YAMLText.Entry] = []
        if !others.isEmpty {
            entries.append(
                .comment(
                    "no roles of the cluster, and left as they are in the auth file: \(others.joined(separator: ", "))")
            )
        }
        if !roles.isEmpty { entries.append(.init("users", .list(roles.map { .init(.text($0)) }))) }
        return entries
    }

    private static func settings(_ texts: PoolerTexts) -> [Setting] {
        let spec = ClusterSpec(cluster: "", nodes: [])
        let routes = Desired.Routes(primary: nil, streaming: [], local: [:], secrets: nil, secretsNode: nil)
        let written = Desired(PgBouncerSpec(), cluster: spec, routes: routes).settings
        var settings = INIText(texts.configuration).settings(in: "pgbouncer")
        // Read at the start only: pgregent's own value would mean a restart.
        if !settings.contains(where: { $0.name == "listen_addr" }) { settings.append(Setting("listen_addr", "")) }
        return settings.filter { !saidElsewhere.contains($0.name) && !written.contains($0) && !usual.contains($0) }
    }
}
