import ClusterModel
import YAML

extension Rules {
    /// `{systemd: UNIT}` or commands: not both, and not neither.
    mutating func checkServices() {
        var paths: [[Step]] = [["postgresql", "service"], ["pgbouncer", "service"]]
        paths += spec.nodes.indices.map { ["nodes", .index($0), "postgresql", "service"] }
        for path in paths {
            guard case .mapping(let pairs) = node(path)?.content else { continue }
            let keys = pairs.filter { !$0.value.isNull }.map(\.key)
            if keys.isEmpty {
                error(path, "names neither a systemd unit nor a command")
            } else if keys.contains("systemd") && keys.count > 1 {
                error(path, "takes either a systemd unit or commands, not both")
            }
        }
        guard spec.bootstrap == .none || spec.bootstrap == .initdb else {
            if spec.barman == nil && node(["barman"]) == nil {
                error(["bootstrap", "from"], "the file has no barman section")
            }
            return
        }
        for key in ["backup", "target_time"] {
            guard let value = node(["bootstrap", .key(key)]), !value.isNull else { continue }
            error(["bootstrap", .key(key)], "has a meaning only with \"from: barman\"")
        }
    }

    mutating func checkPooler() {
        guard let pooler = spec.pgbouncer else { return }
        checkPoolerHosts(pooler)
        let databases = Array(pooler.databases.enumerated())
        refuseDuplicates(databases.map { (["pgbouncer", "databases", .index($0), "name"], $1.name) })
        refuseDuplicates(pooler.users.enumerated().map { (["pgbouncer", "users", .index($0)], $1) })
        let dataNodes = Set(spec.dataNodes.map(\.name))
        let stranger = pooler.hosts.first { !dataNodes.contains($0.name) }
        for (index, database) in databases {
            if database.name == "pgbouncer" {
                error(["pgbouncer", "databases", .index(index), "name"], "\"pgbouncer\" is PgBouncer's own console")
            }
            if database.target == .local, let stranger {
                warning(
                    ["pgbouncer", "databases", .index(index), "target"],
                    "no database runs on \(quoted(stranger.name)), so it has no \"local\" one")
            }
        }
    }

    private mutating func checkPoolerHosts(_ pooler: PgBouncerSpec) {
        guard case .sequence(let items) = node(["pgbouncer", "hosts"])?.content else { return checkPorts(pooler) }
        let known = spec.nodes.map(\.name)
        let names = Set(known)
        for (index, item) in items.enumerated() {
            let path: [Step] = ["pgbouncer", "hosts", .index(index)]
            if let name = item.string, !names.contains(name), !names.contains("") {
                let hint = Suggestion.hint(for: name, among: known)
                error(path, "no node is named \(quoted(name))\(hint); another host is {name: \(quoted(name)), host: …}")
            } else if let name = ownName(of: item), names.contains(name) {
                error(path, "\(quoted(name)) is a node: write its name alone")
            }
        }
        refuseDuplicates(
            items.enumerated().map {
                (["pgbouncer", "hosts", .index($0)], $1.string ?? ownName(of: $1))
            })
        checkPorts(pooler)
    }

    /// The name of a host that is no node.
    private func ownName(of host: Node) -> String? {
        host.value(of: "name")?.string.flatMap { TextKind.name.accepts($0) ? $0 : nil }
    }

    private mutating func checkPorts(_ pooler: PgBouncerSpec) {
        let addresses = Set(pooler.hosts.map { $0.address.lowercased() })
        let clash = spec.nodes.first { $0.postgresql.port == pooler.port && addresses.contains($0.host.lowercased()) }
        guard let clash else { return }
        error(["pgbouncer", "port"], "the database of \(quoted(clash.name)) already listens on \(pooler.port)")
    }

    mutating func checkBackup() {
        guard let barman = spec.barman else { return }
        if !spec.cluster.isEmpty, node(["barman", "server"])?.isNull ?? true, !TextKind.word.accepts(barman.server) {
            let name = quoted(barman.server)
            error(["barman"], "the cluster's name \(name) cannot name Barman's server; set barman.server")
        }
        if ["all", "barman"].contains(barman.server) {
            error(["barman", "server"], "\(quoted(barman.server)) is a name that Barman keeps for itself")
        }
    }
}
