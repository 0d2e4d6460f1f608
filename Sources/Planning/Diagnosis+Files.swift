import Barman
import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr
import Systems

extension Diagnosis {
    /// Managed files that may not be read by the account that they are read by: whether they match is not known, and a plan
    /// without changes must not say that they do.
    func files() -> [Finding] {
        ofNodes() + ofPoolers() + ofBackupHost()
    }

    private func ofNodes() -> [Finding] {
        spec.nodes.filter { $0.ensure == .present }.flatMap { node -> [Finding] in
            let layout = NodeLayout(node)
            var files: [(path: String, isUnreadable: Bool)] = []
            if let host = snapshot.host(node.name) {
                files = [
                    (layout.configurationFile, host.configuration == .unreadable),
                    (layout.hbaFile, host.hba == .unreadable),
                ]
            }
            if let host = snapshot.repmgr[node.name]?.host.value {
                files.append((spec.repmgr.configFile, host.configuration == .unreadable))
            }
            return Self.told(files.filter(\.isUnreadable).map(\.path), node.name, by: node.postgresql.osUser)
        }
    }

    private func ofPoolers() -> [Finding] {
        guard let pgbouncer = spec.pgbouncer else { return [] }
        return pgbouncer.hosts.flatMap { host -> [Finding] in
            guard let seen = snapshot.pgbouncer[host.name]?.value else { return [] }
            let files = [
                (pgbouncer.configFile, seen.configuration == .unreadable),
                (pgbouncer.authFile, !seen.authFileIsReadable),
            ]
            let user = spec.node(host.name)?.postgresql.osUser ?? spec.postgresql.osUser
            return Self.told(files.filter(\.1).map(\.0), host.name, by: user)
        }
    }

    private func ofBackupHost() -> [Finding] {
        guard let barman = spec.barman, let seen = snapshot.barman?.value else { return [] }
        return Self.told(seen.unreadableFiles(barman), barman.hostName, by: "barman")
    }

    private static func told(_ paths: [String], _ host: HostName, by account: String) -> [Finding] {
        guard !paths.isEmpty else { return [] }
        return [
            Finding(
                .notReadable, host, evidence: paths.map { "\($0) cannot be read by \(account)" },
                remedy: "let \(account) read it: what it says is not known", severity: .incomplete)
        ]
    }
}
