package import ClusterModel
import HostAccess
import Planning
package import PostgreSQL
package import Repmgr
import Systems

/// How servers stand to each other: what builders of scenarios and the model of a cluster have in common.
extension Scenario {
    package mutating func edit(_ name: NodeName, _ change: (inout PostgreSQL.HostFacts) -> Void) {
        guard case .known(var host)? = snapshot.postgresql[name]?.host else { return }
        change(&host)
        snapshot.postgresql[name]?.host = .known(host)
    }

    package mutating func editServer(_ name: NodeName, _ change: (inout ServerFacts) -> Void) {
        guard case .known(var server)? = snapshot.postgresql[name]?.server else { return }
        change(&server)
        snapshot.postgresql[name]?.server = .known(server)
    }

    /// The server on `name` becomes a copy that streams from `upstream` through its slot, where the upstream runs.
    package mutating func makeStandby(_ name: NodeName, of upstream: NodeName) {
        effect.ofPostgreSQL.makeStandby(name, of: upstream, &snapshot.postgresql)
    }

    package mutating func point(_ node: NodeSpec, at source: NodeSpec) {
        effect.ofPostgreSQL.point(node.name, at: source.name, &snapshot.postgresql)
    }

    /// A receiver connects wherever primary_conninfo leads, if a server of the cluster answers there.
    package mutating func connect(_ name: NodeName) {
        effect.ofPostgreSQL.connect(name, &snapshot.postgresql)
    }

    package mutating func disconnect(_ name: NodeName) {
        effect.ofPostgreSQL.disconnect(name, &snapshot.postgresql)
    }

    /// The server is gone: nothing of it is seen, and whoever streamed from it does not any more.
    package mutating func loseServer(_ name: NodeName, reason: String, login: PostgreSQL.Observed.Login) {
        effect.ofPostgreSQL.loseServer(name, reason: reason, login: login, &snapshot.postgresql)
        snapshot.repmgr[name]?.registry = .unknown(reason: reason)
    }

    /// The server of a primary that was stopped runs as it was; whoever streamed from it has not come back yet.
    package mutating func startAgain(_ name: NodeName) {
        effect.ofPostgreSQL.startAgain(name, &snapshot.postgresql)
        let primary = spec.dataNodes.first { snapshot.server($0.name)?.inRecovery == false && $0.name != name }
        snapshot.repmgr[name]?.registry = .known([])
        if let primary { effect.ofRepmgr.copyRegistry(to: name, from: primary.name, &snapshot.repmgr) }
    }

    /// A true record of a node, in every registry that is seen.
    package mutating func register(_ node: NodeSpec, as upstream: NodeName?) {
        let type: RecordType = node.kind == .witness ? .witness : upstream == nil ? .primary : .standby
        effect.ofRepmgr.record(node.name, as: type, upstream: upstream, &snapshot.repmgr)
    }

    package mutating func editRegistry(_ change: (inout [Record]) -> Void) {
        snapshot.repmgr.editRegistries(change)
    }
}
