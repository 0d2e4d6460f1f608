package import Barman
package import ClusterModel
package import HostAccess
package import PgBouncer
package import PostgreSQL
package import Repmgr

/// Everything declared, seen once, side by side. What could not be seen is unknown, with the reason.
package struct ClusterSnapshot: Sendable, Equatable {
    /// Why a host did not answer over SSH; a host that did is not in here.
    package var unreached: [HostName: ShellFailure]
    package var postgresql: [NodeName: PostgreSQL.Observed]
    package var repmgr: [NodeName: Repmgr.Observed]
    package var pgbouncer: [HostName: Seen<PgBouncer.Observed>]
    /// Nil without a `barman` section.
    package var barman: Seen<Barman.Observed>?
    /// Who may log in where, of the hosts where that matters to Barman.
    package var sshKeys: [HostName: SSHKeys]
    /// Declared passwords that cannot be had, each with what was tried.
    package var missingSecrets: [String]
    /// A primary that has been silent for a while, with the others' word; nil: none, or not asked.
    package var suspicion: Suspicion?

    package init(
        unreached: [HostName: ShellFailure] = [:], postgresql: [NodeName: PostgreSQL.Observed] = [:],
        repmgr: [NodeName: Repmgr.Observed] = [:], pgbouncer: [HostName: Seen<PgBouncer.Observed>] = [:],
        barman: Seen<Barman.Observed>? = nil, sshKeys: [HostName: SSHKeys] = [:], missingSecrets: [String] = []
    ) {
        self.unreached = unreached
        self.postgresql = postgresql
        self.repmgr = repmgr
        self.pgbouncer = pgbouncer
        self.barman = barman
        self.sshKeys = sshKeys
        self.missingSecrets = missingSecrets
    }
}

extension ClusterSnapshot {
    package func server(_ name: NodeName) -> ServerFacts? { postgresql[name]?.server.value }
    package func host(_ name: NodeName) -> PostgreSQL.HostFacts? { postgresql[name]?.host.value }

    /// The system identifier on a node's disk or in its running server; nil: none, or not seen.
    package func systemIdentifier(_ name: NodeName) -> String? {
        if let server = server(name) { return server.systemIdentifier }
        guard let host = host(name), !host.holdsNoDatabase else { return nil }
        return host.controlData?.systemIdentifier
    }

    /// Data nodes whose server takes writes and belongs to the declared cluster. One whose storage hangs takes none; beside
    /// another that does it counts all the same, since it may go on at any moment.
    package func writable(_ spec: ClusterSpec) -> [NodeSpec] {
        let writable = spec.nodes.filter { node in
            guard node.kind == .data, let server = server(node.name), !server.inRecovery else { return false }
            return spec.systemIdentifier == nil || spec.systemIdentifier == server.systemIdentifier
        }
        return writable.allSatisfy { server($0.name)?.storageHangs == true } ? [] : writable
    }

    /// The declared node that a standby's receiver streams from; nil when it does not stream.
    package func streamsFrom(_ name: NodeName, _ spec: ClusterSpec) -> NodeName? {
        guard let receiver = server(name)?.receiver, receiver.status == "streaming" else { return nil }
        return spec.nodes.first { $0.host == receiver.host && String($0.postgresql.port) == receiver.port }?.name
    }

    /// Where the primary left the timeline that this standby is on, when the standby has log beyond: it cannot follow before
    /// that is taken back.
    package func forkBefore(_ standby: NodeName, primary: NodeName) -> LSN? {
        guard let own = server(standby), own.inRecovery, let other = server(primary), own.timeline < other.timeline,
            own.systemIdentifier == other.systemIdentifier, let fork = other.forks[own.timeline], let place = own.lsn
        else { return nil }
        return place > fork ? fork : nil
    }
}
