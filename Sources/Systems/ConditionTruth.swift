import Barman
package import ClusterModel
import PgBouncer
import PostgreSQL
import Repmgr

extension Condition {
    /// Whether it is so in what was observed; what could not be seen is not so.
    package func holds(in snapshot: ClusterSnapshot, _ spec: ClusterSpec) -> Bool {
        switch self {
        case .postgresql(let condition): condition.holds(in: snapshot.postgresql)
        case .repmgr(let condition): condition.holds(in: snapshot, spec)
        case .pgbouncer(let condition): condition.holds(in: snapshot.pgbouncer)
        case .barman(let condition): condition.holds(in: snapshot, spec)
        }
    }
}

extension RepmgrCondition {
    fileprivate func holds(in snapshot: ClusterSnapshot, _ spec: ClusterSpec) -> Bool {
        switch self {
        case .streams(let node, let upstream, _, _): snapshot.streamsFrom(node, spec) == upstream
        case .isRecorded(let node, let type, let upstream, let primary):
            snapshot.repmgr[primary]?.registry.value?.contains { record in
                record.id == spec.node(node)?.id && record.type == type.rawValue && record.active
                    && record.upstream == upstream.flatMap { spec.node($0)?.id }
            } == true
        case .hasNoRecord(let node, let primary):
            snapshot.repmgr[primary]?.registry.value?.contains { $0.id == spec.node(node)?.id } == false
        case .daemonRuns(let node): snapshot.repmgr[node]?.host.value?.daemonRuns == true
        case .daemonIsPaused(let node): snapshot.repmgr[node]?.host.value?.daemonPausedByUs == true
        }
    }
}

extension BarmanCondition {
    fileprivate func holds(in snapshot: ClusterSnapshot, _ spec: ClusterSpec) -> Bool {
        switch self {
        case .hasSlot(let slot, let node): snapshot.server(node)?.slots.contains { $0.name == slot } == true
        case .receives(let source):
            snapshot.server(source)?.senders.contains {
                $0.user == spec.barman?.streamingUser && $0.state == "streaming"
            } == true
        case .checkPasses: snapshot.barman?.value?.hasArchive == true
        case .mayLogIn(let access):
            snapshot.sshKeys[access.from]?.publicKey.map {
                snapshot.sshKeys[access.to]?.authorized.contains($0) == true
            } == true
        }
    }
}
