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
            guard let observed = snapshot.postgresql[node.name] else { return [] }
            let paths =
                PostgreSQL.Findings.unreadableFiles(node, observed)
                + Repmgr.Findings(spec).unreadableFiles(snapshot.repmgr[node.name])
            return Self.told(paths, node.name, by: node.postgresql.osUser)
        }
    }

    private func ofPoolers() -> [Finding] {
        guard let pgbouncer = spec.pgbouncer else { return [] }
        let findings = PgBouncer.Findings(pgbouncer, snapshot.pgbouncer)
        return pgbouncer.hosts.flatMap { host -> [Finding] in
            let paths = findings.unreadableFiles(on: host.name)
            guard !paths.isEmpty else { return [] }
            let user = spec.node(host.name)?.postgresql.osUser ?? spec.postgresql.osUser
            return Self.told(paths, host.name, by: user)
        }
    }

    private func ofBackupHost() -> [Finding] {
        guard let barman = spec.barman, let seen = snapshot.barman?.value else { return [] }
        return Self.told(Barman.Findings(barman, cluster: spec, seen).unreadableFiles, barman.hostName, by: "barman")
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
