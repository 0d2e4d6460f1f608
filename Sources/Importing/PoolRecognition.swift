import ClusterModel
import HostAccess
import Repmgr

/// Tells from where each line of [databases] leads on every host what it is meant to do.
struct PoolRecognition {
    let nodes: [DraftNode]
    let primary: DraftNode?
    let poolers: [(node: DraftNode, texts: PoolerTexts)]

    private struct Line {
        var hosts: [String]
        var port: String
        var dbname: String?
        var options: [String: String]
    }

    private struct Foreign: Error {
        var reason: String
    }

    /// The entries that pgregent can keep, and a sentence for each that stays as it is.
    func databases() -> (kept: [YAMLText.Item], foreign: [String]) {
        var kept: [YAMLText.Item] = []
        var foreign: [String] = []
        for name in names {
            do throws(Foreign) {
                kept.append(YAMLText.Item(.mapping(try entry(name))))
            } catch {
                foreign.append("left as it is, since \(error.reason): \(name)")
            }
        }
        return (kept, foreign)
    }

    private var names: [String] {
        var names: [String] = []
        for pooler in poolers {
            for setting in INIText(pooler.texts.configuration).settings(in: "databases")
            where !names.contains(setting.name) {
                names.append(setting.name)
            }
        }
        return names
    }

    private func entry(_ key: String) throws(Foreign) -> [YAMLText.Entry] {
        guard key != "*" else { throw Foreign(reason: "it stands for every other name") }
        var lines: [Line] = []
        for pooler in poolers {
            guard let text = INIText(pooler.texts.configuration).value(of: key, in: "databases") else {
                throw Foreign(reason: "\(pooler.node.record.name) does not have it")
            }
            lines.append(try line(text))
        }
        guard let first = lines.first else { throw Foreign(reason: "no host has it") }
        guard lines.allSatisfy({ $0.dbname == first.dbname && $0.options == first.options }) else {
            throw Foreign(reason: "its options are not the same on every host")
        }
        guard first.options["password"] == nil else { throw Foreign(reason: "it holds a password") }
        let target = try target(lines)
        let name = Self.unquoted(key)
        var entries: [YAMLText.Entry] = [.init("name", .text(name)), .init("target", .text(target.rawValue))]
        if let dbname = first.dbname, dbname != name { entries.append(.init("dbname", .text(dbname))) }
        if !first.options.isEmpty {
            let options = first.options.sorted { $0.key < $1.key }
            entries.append(.init("options", .mapping(options.map { .init($0.key, .value($0.value)) })))
        }
        return entries
    }

    private func line(_ text: String) throws(Foreign) -> Line {
        guard var parameters = Conninfo.parse(text) else { throw Foreign(reason: "it cannot be read") }
        let hosts = parameters.removeValue(forKey: "host")?.split(separator: ",").map(\.trimmed) ?? []
        let port = parameters.removeValue(forKey: "port") ?? "5432"
        let dbname = parameters.removeValue(forKey: "dbname")
        return Line(hosts: hosts, port: port, dbname: dbname, options: parameters)
    }

    /// What all hosts' lines together mean. The primary on every host is `rw`, also where that is the only host.
    private func target(_ lines: [Line]) throws(Foreign) -> PoolDatabase.Target {
        let known = nodes.filter { !$0.isWitness }
        let places = lines.map { line in
            line.hosts.map { host in known.first { $0.host == host && port($0) == line.port } }
        }
        guard let first = places.first, !first.isEmpty, places.allSatisfy({ !$0.contains { $0 == nil } }) else {
            throw Foreign(reason: "it leads to no node of the cluster")
        }
        let ids = places.map { Set($0.compactMap { $0?.record.id }) }
        let own = poolers.map { Set([$0.node.record.id]) }
        let standbys = Set(known.map(\.record.id)).subtracting([primary?.record.id ?? -1])
        if let primary, ids.allSatisfy({ $0 == [primary.record.id] }) { return .rw }
        if ids == own { return .local }
        if ids.allSatisfy({ $0 == standbys }) { return .ro }
        if ids.allSatisfy({ $0 == Set(known.map(\.record.id)) }) { return .any }
        throw Foreign(reason: "its hosts are neither the primary, nor each pooler's own node, nor the standbys")
    }

    private func port(_ node: DraftNode) -> String {
        node.conninfo["port"] ?? "5432"
    }

    /// PgBouncer's names with other characters stand in double quotes.
    private static func unquoted(_ key: String) -> String {
        guard key.count >= 2, key.hasPrefix("\""), key.hasSuffix("\"") else { return key }
        return String(key.dropFirst().dropLast()).replacing("\"\"", with: "\"")
    }
}
