import ClusterModel
import HostAccess

/// The managed block of pg_hba.conf: the file's own lines first, then what the declared services need.
///
/// A line is added for a service only where its password is declared, and always with SCRAM: nothing is ever opened
/// without a password, and a cluster that lives by its own rules keeps them.
struct HBA {
    /// What the services need: the same on every node.
    private let services: [String]

    init(_ spec: ClusterSpec) {
        services = Self.services(spec)
    }

    func lines(for node: NodeSpec) -> [String] {
        node.postgresql.hba + services
    }

    private static func services(_ spec: ClusterSpec) -> [String] {
        var lines: [String] = []
        let nodes = spec.nodes.filter { $0.ensure == .present }.map(\.host)
        if spec.repmgr.password != nil {
            // samenet: pgregent itself connects as this role, from wherever it runs.
            for address in ["samenet"] + nodes.map(address) {
                lines.append(line([spec.repmgr.database], spec.repmgr.user, address))
                lines.append(line(["replication"], spec.repmgr.user, address))
            }
        }
        if let barman = spec.barman {
            let address = address(barman.host)
            if barman.password != nil { lines.append(line([Desired.backupDatabase], barman.user, address)) }
            if barman.streamingPassword != nil { lines.append(line(["replication"], barman.streamingUser, address)) }
        }
        return lines
    }

    private static func line(_ databases: [String], _ user: String, _ address: String) -> String {
        let names = databases.map { $0 == "replication" ? $0 : quoted($0) }.joined(separator: ",")
        return "host \(names) \(quoted(user)) \(address) scram-sha-256"
    }

    /// Quoted, a name loses any special meaning (`all`, `replication`, `+group`).
    private static func quoted(_ name: String) -> String {
        let special: Set<String> = ["all", "sameuser", "samerole", "samegroup", "replication"]
        let plain = name.utf8.allSatisfy {
            ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: "_")
        }
        return plain && !special.contains(name) ? name : "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// An address as pg_hba.conf takes it: a literal with its mask, a name as it is.
    private static func address(_ host: String) -> String {
        if host.contains(":") { return host + "/128" }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy({ UInt8($0) != nil }) ? host + "/32" : host
    }
}
