package import ClusterModel
import HostAccess

/// What an observation would show of repmgr after each of its actions has succeeded: its files, its daemon, its registry.
/// What becomes of the server beside it is PostgreSQL's `Effect`.
package struct Effect {
    private let spec: ClusterSpec
    package typealias Nodes = [NodeName: Observed]

    package init(_ spec: ClusterSpec) {
        self.spec = spec
    }

    package func apply(_ action: RepmgrAction, on name: HostName, to nodes: inout Nodes) {
        switch action {
        case .configure(_, let differing, let observed, _):
            nodes.editHost(name) { $0.configuration = .content(Configuration.applied(differing, to: observed)) }
        case .clone(let clone): join(name, to: clone.upstream, &nodes)
        case .follow(let upstream, _, _), .rejoin(let upstream, _):
            join(name, to: upstream, &nodes)
        case .rewind(let rewind): join(name, to: rewind.upstream, &nodes)
        case .reconnect: break
        case .register(let registration):
            record(name, as: registration.type, upstream: registration.upstream, &nodes)
            if registration.type == .witness { copyRegistry(to: name, from: registration.primary, &nodes) }
        case .unregister:
            guard let id = spec.node(name)?.id else { return }
            nodes.editRegistries { $0.removeAll { $0.id == id } }
        case .startDaemon: nodes.editHost(name) { $0.daemonRuns = true }
        case .pauseDaemon: nodes.editHost(name) { $0.daemonPausedByUs = true }
        case .unpauseDaemon: nodes.editHost(name) { $0.daemonPausedByUs = false }
        }
    }

    private func join(_ name: NodeName, to upstream: NodeName, _ nodes: inout Nodes) {
        copyRegistry(to: name, from: upstream, &nodes)
        record(name, as: .standby, upstream: upstream, &nodes)
    }

    /// The registry is a table of the cluster's: a copy has what its upstream has.
    package func copyRegistry(to name: NodeName, from upstream: NodeName, _ nodes: inout Nodes) {
        guard case .known(let records)? = nodes[upstream]?.registry else { return }
        nodes[name]?.registry = .known(records)
    }

    /// A true record of a node, in every registry that is seen.
    package func record(_ name: NodeName, as type: RecordType, upstream: NodeName?, _ nodes: inout Nodes) {
        guard let node = spec.node(name) else { return }
        let record = Record(
            id: node.id, name: node.name, type: type.rawValue, upstream: upstream.flatMap { spec.node($0)?.id },
            conninfo: Desired.conninfo(of: node, spec).text, priority: type == .witness ? 0 : node.priority,
            location: node.location, active: true,
            slot: spec.repmgr.useReplicationSlots ? "repmgr_slot_\(node.id)" : nil,
            configurationFile: spec.repmgr.configFile)
        nodes.editRegistries { records in
            records.removeAll { $0.id == node.id }
            // `primary register --force` puts down the one before.
            for index in records.indices where type == .primary && records[index].type == "primary" {
                records[index].active = false
            }
            records = (records + [record]).sorted { $0.id < $1.id }
        }
    }
}

extension Effect.Nodes {
    package mutating func editHost(_ name: NodeName, _ change: (inout Observed.HostFacts) -> Void) {
        guard case .known(var host)? = self[name]?.host else { return }
        change(&host)
        self[name]?.host = .known(host)
    }

    package mutating func editRegistries(_ change: (inout [Record]) -> Void) {
        for name in keys {
            guard case .known(var records)? = self[name]?.registry else { continue }
            change(&records)
            self[name]?.registry = .known(records)
        }
    }
}
