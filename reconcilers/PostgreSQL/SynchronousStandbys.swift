import ClusterModel

/// What `durability` asks of a node: whose confirmation a commit waits for while this node is primary.
///
/// Every declared synchronous standby is always named, and n of them must confirm. So with N named and R at hand, R + n > N
/// tells a failover that one of those at hand has every acknowledged commit; the set never changes by itself, so there
/// is no moment in which that would not hold. It stands in every node's configuration: a standby that is promoted asks
/// for confirmations from its first commit on.
struct SynchronousStandbys: Sendable, Equatable {
    let durability: DurabilitySpec
    let nodes: [NodeSpec]

    static let parameter = "synchronous_standby_names"

    /// The setting for one node's managed block; nil: none is kept there.
    ///
    /// - Parameter server: of a primary; nil: it is, or is to become, a standby.
    func setting(for node: NodeSpec, primary server: ServerFacts?) -> Setting? {
        guard durability.mode != .asynchronous, node.kind == .data else { return nil }
        let names = nodes.filter { $0.name != node.name && $0.synchronous && $0.kind == .data }.map(\.name)
        guard names.count >= durability.standbys else { return nil }
        if let server {
            let streaming = server.senders.count { names.contains($0.applicationName) && $0.state == "streaming" }
            let isOn = server.parameters[Self.parameter].map { !$0.value.isEmpty } ?? false
            // A cluster that is just being built would wait for standbys that are not there yet; and where the file
            // does not insist (`strict: false`) commits go on without them.
            if streaming < durability.standbys, !isOn || !durability.strict { return nil }
        }
        let method = durability.mode == .quorum ? "ANY" : "FIRST"
        let list = names.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ", ")
        return Setting(Self.parameter, "\(method) \(durability.standbys) (\(list))")
    }
}
