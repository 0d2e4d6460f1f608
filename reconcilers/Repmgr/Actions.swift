package import ClusterModel
import HostAccess

/// How each of repmgr's actions is done: an action in, the operations that `plan` prints and that are run out.
package struct Actions {
    private let spec: ClusterSpec

    package init(_ spec: ClusterSpec) {
        self.spec = spec
    }

    /// - Returns: nothing where the file does not declare a node that the action names: a plan rests on the file.
    package func operations(_ action: RepmgrAction, on target: HostName) -> [Operation] {
        guard let node = commands(target) else { return [] }
        switch action {
        case .configure(let file, let differing, let observed, let daemonRuns):
            return node.configure(file, differing: differing, observed: observed, daemonRuns: daemonRuns)
        case .clone(let clone):
            guard let upstream = spec.node(clone.upstream), let primary = spec.node(clone.primary) else { return [] }
            return (clone.stopsFirst ? [node.stop] : []) + node.clone(clone, from: upstream, primary: primary)
        case .follow(let upstream, _, _):
            return spec.node(upstream).map { [node.follow($0)] } ?? []
        case .rejoin(let upstream, _): return spec.node(upstream).map { [node.rejoin($0)] } ?? []
        case .rewind(let rewind):
            guard let upstream = spec.node(rewind.upstream) else { return [] }
            return (rewind.stopsFirst ? [node.stop] : []) + node.rewind(rewind, onto: upstream)
        // Nothing to do but to see: PostgreSQL tries again every few seconds (`wal_retrieve_retry_interval`). A standby that
        // never gets there must not pass for a healthy one.
        case .reconnect: return []
        case .register(let registration): return node.register(registration, spec)
        case .unregister(let type, let primary):
            return commands(primary).map { [$0.unregister(node.node, type: type)] } ?? []
        case .startDaemon: return [node.startDaemon]
        case .pauseDaemon: return [node.pauseDaemon]
        case .unpauseDaemon: return [node.unpauseDaemon]
        }
    }

    /// - Returns: nil where the file does not declare the node.
    package func check(_ condition: RepmgrCondition, sentence: String) -> Check? {
        switch condition {
        case .streams(let name, let source, let primary, let patience):
            guard let node = commands(name), let upstream = spec.node(source) else { return nil }
            return node.streams(from: upstream, isPrimary: source == primary, within: patience, sentence: sentence)
        case .isRecorded(let name, let type, let upstream, let primary):
            guard let node = spec.node(name), let registry = commands(primary) else { return nil }
            return registry.isRecorded(
                node, as: type, upstream: upstream.flatMap { spec.node($0) }, sentence: sentence)
        case .hasNoRecord(let name, let primary):
            guard let node = spec.node(name), let registry = commands(primary) else { return nil }
            return registry.hasNoRecord(node, sentence: sentence)
        case .daemonRuns(let name): return commands(name)?.daemonRuns(sentence: sentence)
        case .daemonIsPaused(let name): return commands(name)?.daemonIsPaused(sentence: sentence)
        }
    }

    private func commands(_ name: NodeName) -> NodeCommands? {
        spec.node(name).map { NodeCommands($0, spec) }
    }
}
