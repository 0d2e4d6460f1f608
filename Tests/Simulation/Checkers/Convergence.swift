import ClusterModel
import Planning

extension Checkers {
    /// Once faults are over there is an end to what pgregent does.
    ///
    /// - Parameter left: what it would still do, long after.
    static func converged(_ left: [Step], _ world: World) throws {
        let primary = world.nodes.first { world.takesWrites($0.name) }?.name
        let open = left.filter { step in
            guard step.id.name == .repmgrReconnect, let log = primary.flatMap({ world.logs[$0] }),
                let own = world.logs[step.target], !log.holds(own.place)
            else { return true }
            // Timelines of the same number that were left at the same place, or not yet, look the same from outside: that it gets
            // no stream is told, and asked again from time to time.
            return log.history[own.timeline].map { own.place.position > $0 } ?? false
        }
        guard !open.isEmpty else { return }
        throw Broken(description: "it does not come to rest: \(open.map(\.id.description).joined(separator: ", "))")
    }
}
