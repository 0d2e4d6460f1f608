package import ClusterModel

/// How repmgr's registry stands, for `status`.
package enum Status {
    /// Whether the registry knows the node by its name and id; nil: the registry is not seen.
    package static func isRegistered(_ node: NodeSpec, in registry: [Record]?) -> Bool? {
        registry.map { $0.contains { $0.id == node.id && $0.name == node.name } }
    }
}
