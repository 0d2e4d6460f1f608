package import ClusterModel
import HostAccess

extension PostgreSQLCondition {
    /// Whether it is so in what was observed; what could not be seen is not so.
    package func holds(in nodes: [NodeName: Observed]) -> Bool {
        switch self {
        case .accepts(let node, _): nodes.server(node) != nil
        case .takesWrites(let node, _): nodes.server(node)?.inRecovery == false
        case .isStandby(let node): nodes.host(node)?.hasStandbySignal == true
        case .isWholeStandby(let node):
            nodes.host(node).map { $0.hasStandbySignal && $0.unfinishedWork == nil } ?? false
        case .lacksSlot(let node, let slot):
            nodes.server(node).map { !$0.slots.contains { $0.name == slot } } ?? false
        case .streamsAgain(let node): nodes.server(node)?.receiver?.status == "streaming"
        // The record that says so comes with the stream.
        case .hasReplayed(let node, _, _): nodes.server(node)?.receiver?.status == "streaming"
        case .wasNotPromoted(let node, let position):
            nodes.server(node).map { server in
                guard let position, let replayed = server.replayLSN else { return server.inRecovery }
                return server.inRecovery && replayed <= position
            } ?? false
        case .stopIsRecorded(let mark, let node): nodes.host(node)?.recordedStop == mark
        case .watchdogRuns(let node): nodes.host(node)?.watchdogRuns == true
        case .isDown(let node): nodes.host(node)?.postmasterRuns == false
        case .streamsNear(let standby, let primary):
            nodes.server(primary).map { server in
                !server.inRecovery
                    && server.senders.contains { $0.applicationName == standby && $0.state == "streaming" }
            } ?? false
        case .hasLogSinceCheckpoint(let standby, let primary):
            nodes.server(primary)?.senders.contains { $0.applicationName == standby } == true
        case .isToldOf(let switchover, let node): nodes.host(node)?.recordedSwitchover == switchover
        case .isFrozenStandby(let node):
            nodes.server(node).map { $0.inRecovery && $0.receivesNothing } ?? false
        case .receivesNothing(let node): nodes.server(node)?.receivesNothing == true
        case .hasLog(let node, let position): nodes.server(node)?.lsn.map { $0 >= position } ?? false
        case .nothingBegun(let node, let seen):
            nodes.host(node).map { host in
                !host.postmasterRuns && host.unfinishedWork == seen
            } ?? false
        case .recordedFailoverUnchanged(let node, let replacement):
            nodes.host(node).map { replacement.takesThePlace(of: $0.recordedFailover) } ?? false
        case .isFollowing(let node): nodes.server(node)?.hasUpstream == true
        }
    }
}

extension FailoverReplacement {
    /// What lies there is what was observed, or nothing; of a mark whose id is not known the words are compared.
    package func takesThePlace(of found: RecordedFailover?) -> Bool {
        guard var found = found?.withoutAge else { return true }
        if observed?.id == nil { found.id = nil }
        return observed == found
    }
}
