import ClusterModel
import HostAccess
import Repmgr

extension Draft {
    /// Parameters of repmgr.conf that cluster.yaml says under keys of its own.
    private static let saidElsewhere: Set<String> = [
        "node_id", "node_name", "conninfo", "data_directory", "config_directory", "pg_bindir", "priority", "location",
        "use_replication_slots", "recovery_min_apply_delay", "failover", "reconnect_attempts", "reconnect_interval",
        "service_start_command", "service_stop_command", "service_restart_command", "service_reload_command",
    ]

    var repmgrSection: YAMLText.Entry? {
        var entries: [YAMLText.Entry] = []
        let user = mostFrequent(nodes.compactMap { $0.conninfo["user"] }) ?? "repmgr"
        let database = mostFrequent(nodes.compactMap { $0.conninfo["dbname"] }) ?? "repmgr"
        if user != "repmgr" { entries.append(.init("user", .text(user))) }
        if database != "repmgr" { entries.append(.init("database", .text(database))) }
        entries.append(.comment("password: {file: /etc/pgregent/repmgr.password}"))
        if !commonExtras.isEmpty { entries.append(.init("conninfo", Self.mapping(commonExtras))) }
        let paths = nodes.map { $0.texts?.configurationPath ?? $0.record.configurationFile }.filter { !$0.isEmpty }
        if let path = mostFrequent(paths), path != "/etc/repmgr.conf" || Set(paths).count > 1 {
            let others = Set(paths).subtracting([path]).sorted()
            let comments = others.map { "other nodes have \($0): pgregent knows one place for all" }
            entries.append(.init("config_file", .text(path), comments: comments))
        }
        // repmgr's own default is no, pgregent's is yes.
        let slots = nodes.compactMap(\.texts).map { Self.isOn($0.value("use_replication_slots")) }
        if mostFrequent(slots) == false { entries.append(.init("use_replication_slots", .flag(false))) }
        let (common, comments) = Self.common(
            nodes.compactMap { node in node.texts.map { (node.record.name, settings($0)) } })
        entries += comments.map { .comment($0) }
        if !common.isEmpty {
            entries.append(.init("settings", .mapping(common.map { .init($0.name, .value($0.value)) })))
        }
        return YAMLText.Entry("repmgr", .mapping(entries))
    }

    private func settings(_ texts: NodeTexts) -> [Setting] {
        INIText(texts.configuration).settings(in: "").filter { !Self.saidElsewhere.contains($0.name) }
            .map { Setting($0.name, unquoted($0.value)) }
    }

    private static func isOn(_ value: String?) -> Bool {
        ["yes", "true", "on", "1"].contains(value?.lowercased() ?? "")
    }

    private static func mapping(_ parameters: [String: String]) -> YAMLText {
        .mapping(parameters.sorted { $0.key < $1.key }.map { .init($0.key, .value($0.value)) })
    }

    /// Parameters that every node's connection string has, with the same value.
    private var commonExtras: [String: String] {
        guard let first = nodes.first?.extras else { return [:] }
        return first.filter { key, value in nodes.allSatisfy { $0.extras[key] == value } }
    }

    /// Settings with the same value on every host that has a say, in the first one's order; a sentence for each other.
    static func common(_ all: [(host: String, settings: [Setting])]) -> (settings: [Setting], comments: [String]) {
        let tables = all.map { (host: $0.host, values: Dictionary($0.settings.map { ($0.name, $0.value) }) { $1 }) }
        var names: [String] = []
        for name in all.flatMap(\.settings).map(\.name) where !names.contains(name) { names.append(name) }
        var settings: [Setting] = []
        var comments: [String] = []
        for name in names {
            let values = tables.map { $0.values[name] }
            if name.contains("password") {
                comments.append("\(name) is left as it is on the hosts: no password stands in this file")
            } else if let value = values.first ?? nil, Set(values).count == 1 {
                settings.append(Setting(name, value))
            } else {
                let said = tables.map { "\($0.host): \($0.values[name] ?? "-")" }.joined(separator: ", ")
                comments.append("\(name) is not the same everywhere and left as it is (\(said))")
            }
        }
        return (settings, comments)
    }

    // MARK: nodes

    var nodesSection: YAMLText.Entry? {
        YAMLText.Entry(
            "nodes", .list(nodes.map { YAMLText.Item(.mapping(entries(of: $0)), comments: comments(of: $0)) }))
    }

    private func comments(of node: DraftNode) -> [String] {
        var comments: [String] = []
        if let reason = node.unknownReason {
            comments.append("from repmgr's registry alone, it could not be visited: \(reason)")
        }
        if node.texts != nil, node.texts?.server == nil { comments.append("its server did not answer") }
        if !node.record.active { comments.append("repmgr's registry has it as inactive") }
        if node.conninfo.isEmpty { comments.append("its conninfo could not be read; the host is a guess") }
        if node.conninfo["password"] != nil { comments.append("its conninfo holds a password, which is left out here") }
        return comments
    }

    private func entries(of node: DraftNode) -> [YAMLText.Entry] {
        var entries: [YAMLText.Entry] = [
            .init("name", .text(node.record.name)), .init("id", .number(node.record.id)),
            .init("host", .text(node.host)),
        ]
        if node.isWitness { entries.append(.init("kind", .text("witness"))) }
        // A witness' priority is always 0 in the registry.
        let priority = node.texts?.value("priority").flatMap { Int($0) } ?? node.record.priority
        if priority != 100, !node.isWitness { entries.append(.init("priority", .number(priority))) }
        let location = node.texts?.value("location") ?? node.record.location
        if location != "default", !location.isEmpty { entries.append(.init("location", .text(location))) }
        if let upstream = upstream(of: node) { entries.append(.init("upstream", .text(upstream.record.name))) }
        let own = node.extras.filter { commonExtras[$0.key] != $0.value }
        if !own.isEmpty { entries.append(.init("conninfo", Self.mapping(own))) }
        let overrides = overrides(of: node)
        if !overrides.isEmpty { entries.append(.init("postgresql", .mapping(overrides))) }
        if let delay = node.delay { entries.append(.init("delay", .text(delay))) }
        return entries
    }

    /// The node that it streams from, or should; nil for the primary, which is what a node without one follows.
    private func upstream(of node: DraftNode) -> DraftNode? {
        guard !node.isWitness, node.record.id != primary?.record.id else { return nil }
        var upstream = nodes.first { $0.record.id == node.record.upstream }
        if let host = node.texts?.server?.senderHost {
            let port = node.texts?.server?.senderPort ?? "5432"
            upstream = nodes.first { $0.host == host && $0.conninfo["port"] ?? "5432" == port } ?? upstream
        }
        return upstream?.record.id == primary?.record.id ? nil : upstream
    }
}

extension DraftNode {
    /// recovery_min_apply_delay, which pg_settings tells in milliseconds.
    var delay: String? {
        guard texts?.server?.inRecovery == true,
            let milliseconds = texts?.server?.parameters["recovery_min_apply_delay"].flatMap({ Int($0) }),
            milliseconds > 0
        else { return nil }
        for (unit, size) in [("h", 3_600_000), ("min", 60_000), ("s", 1000)] where milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}
