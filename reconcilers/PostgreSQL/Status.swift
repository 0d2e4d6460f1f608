package import ClusterModel

/// How one node's PostgreSQL stands, for `status`.
package struct Status: Sendable, Equatable {
    /// An unreachable node is `unknown`, never absent.
    package enum Role: String, Sendable {
        case primary, standby, witness, fenced, down, unknown
    }

    package var role: Role
    package var reachableBySQL: Bool
    package var reachableBySSH: Bool
    package var timeline: Timeline?
    package var lsn: LSN?
    /// Bytes behind the primary; nil for one that is no standby, and where a position is not known.
    package var receiveLag: UInt64?
    package var replayLag: UInt64?
    /// Whether commits wait for it; nil where the primary does not list it.
    package var synchronous: Bool?
    /// Commits that wait for a standby to confirm them; nil for one that takes no writes.
    package var waitingCommits: Int?

    /// - Parameter primary: the server of the primary; nil: none is seen.
    package init(_ node: NodeSpec, _ observed: Observed?, primary: ServerFacts?) {
        let server = observed?.server.value
        let isStandby = server?.inRecovery == true && node.kind == .data
        let sender = primary?.senders.first { $0.applicationName == node.name }
        role = Self.role(node, observed)
        waitingCommits = server?.unconfirmed?.commits
        reachableBySQL = observed?.login.isAccepted ?? false
        reachableBySSH = observed?.host.value != nil
        timeline = server?.timeline
        lsn = server?.lsn
        receiveLag = isStandby ? Self.lag(server?.lsn, primary?.lsn) : nil
        replayLag = isStandby ? Self.lag(server?.replayLSN, primary?.lsn) : nil
        synchronous = isStandby ? sender.map { ["sync", "quorum"].contains($0.syncState) } : nil
    }

    private static func lag(_ position: LSN?, _ end: LSN?) -> UInt64? {
        guard let position, let end else { return nil }
        return position.lag(behind: end)
    }

    private static func role(_ node: NodeSpec, _ observed: Observed?) -> Role {
        if let server = observed?.server.value {
            if node.kind == .witness { return .witness }
            return server.inRecovery ? .standby : .primary
        }
        guard let host = observed?.host.value else { return .unknown }
        if host.isFenced { return .fenced }
        return host.postmasterRuns ? .unknown : .down
    }
}
