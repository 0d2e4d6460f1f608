import ClusterModel
import PostgreSQL

extension Checkers {
    /// When faults are over and pgregent had its passes.
    static func atRest(_ world: World) throws {
        let writable = world.nodes.map(\.name).filter { world.takesWrites($0) }
        guard writable.count == 1, let primary = writable.first, let log = world.logs[primary] else {
            throw Broken(description: "at rest these take writes: \(writable)")
        }
        for node in world.nodes where node.name != primary && world.upstream(node.name) == nil {
            // One that was not at hand when a primary was chosen may have more than that one: it is told, and not repaired.
            guard let own = world.logs[node.name], log.holds(own.place) else { continue }
            throw Broken(description: "at rest \(node.name) has no stream")
        }
        try poolers(lead: primary, world)
        try commits(log, primary, world)
    }
}
