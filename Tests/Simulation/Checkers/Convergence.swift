import ClusterModel

extension Checkers {
    /// Once faults are over there is an end to what pgregent does.
    ///
    /// - Parameter left: what it would still do, long after.
    static func converged(_ left: [Step], _ world: World) throws {
        let primary = world.nodes.first { world.takesWrites($0.name) }?.name
        let open = left.filter { step in
            // One that has more than the primary is told, and asked again from time to time.
            guard step.action == "reconnect", let log = primary.flatMap({ world.logs[$0] }),
                let own = world.logs[step.target]
            else { return true }
            return log.holds(own.place)
        }
        guard !open.isEmpty else { return }
        throw Broken(description: "it does not come to rest: \(open.map(\.id).joined(separator: ", "))")
    }
}
