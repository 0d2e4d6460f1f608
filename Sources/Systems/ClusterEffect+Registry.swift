import ClusterModel
import PostgreSQL
import Repmgr

/// repmgr's registry is a table: every standby has it as the server has it that its stream begins at.
extension ClusterEffect {
    /// Copies the registry along the streams, as replay does.
    package func replayRegistries(_ snapshot: inout ClusterSnapshot) {
        for node in spec.dataNodes {
            guard let source = origin(of: node.name, snapshot) else { continue }
            ofRepmgr.copyRegistry(to: node.name, from: source, &snapshot.repmgr)
        }
    }

    /// A standby without a stream has the registry that it had.
    func keepUnreplayed(_ before: Repmgr.Effect.Nodes, _ snapshot: inout ClusterSnapshot) {
        for node in spec.dataNodes {
            guard snapshot.server(node.name)?.inRecovery == true, origin(of: node.name, snapshot) == nil,
                let registry = before[node.name]?.registry, registry.value != nil
            else { continue }
            snapshot.repmgr[node.name]?.registry = registry
        }
    }

    /// Where the stream begins that a standby gets, perhaps by way of others; nil: it gets none.
    private func origin(of name: NodeName, _ snapshot: ClusterSnapshot) -> NodeName? {
        var path = [name]
        while snapshot.server(path[path.count - 1])?.inRecovery == true,
            let upstream = snapshot.streamsFrom(path[path.count - 1], spec), !path.contains(upstream)
        {
            path.append(upstream)
        }
        return path.count > 1 ? path.last : nil
    }
}
