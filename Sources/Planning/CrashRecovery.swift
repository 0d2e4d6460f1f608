import ClusterModel
import HostAccess
import PostgreSQL
import Systems

/// Whether a primary that has crashed may be started again where nobody can take over from it. It is what ends an outage then, and
/// it loses nothing: the server recovers from its own log.
struct CrashRecovery {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let loss: PrimaryLoss

    /// Its host answers, its data is whole, and nobody can have been promoted in its place. One that was shut down in order was so
    /// by somebody, and waits for a person.
    var isSafe: Bool {
        guard loss.verdict == .dead || loss.verdict == .guardStopped, let node = spec.node(loss.node),
            let host = snapshot.host(loss.node), let control = host.controlData, host.unfinishedWork == nil,
            RoleAssignment.formerPrimary(node, snapshot)
        else { return false }
        return !isSomebodyChosen && newestTimeline(except: loss.node) <= control.timeline
    }

    /// A failover is written down wherever that can be before it promotes anybody, and who decides reaches a majority: some host
    /// that is seen tells of it.
    private var isSomebodyChosen: Bool {
        spec.dataNodes.contains { node in
            guard let record = snapshot.host(node.name)?.recordedFailover, record.replaces == loss.node else {
                return false
            }
            return record.phase == .promoting || record.phase == .frozen && record.chosen != nil
        }
    }

    private func newestTimeline(except name: NodeName) -> Timeline {
        spec.dataNodes.filter { $0.name != name }.compactMap { node in
            [snapshot.server(node.name)?.timeline, snapshot.host(node.name)?.controlData?.timeline].compactMap { $0 }
                .max()
        }.max() ?? 0
    }

    /// How long ago it was started again instead of being replaced; nil: not within `failover.minimum_interval`.
    var lastStart: Duration? {
        guard let age = snapshot.host(loss.node)?.startedAgain, age >= .zero, age < spec.failover.minimumInterval else {
            return nil
        }
        return age
    }
}
