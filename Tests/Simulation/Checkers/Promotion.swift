import ClusterModel
import PostgreSQL

extension Checkers {
    /// The promoted one may be primary, has every acknowledged commit where that is promised, and nobody whose receiver was
    /// stopped for the comparison has more.
    static func promotion(of name: NodeName, insteadOf old: NodeName?, _ world: World) throws {
        guard let node = world.spec.node(name), let log = world.logs[name] else { return }
        guard node.mayBePrimary else { throw Broken(description: "\(name) is promoted and may not be primary") }
        // Of those that the observation has shown, and that could be promoted: who comes back a moment later has no say, nor who
        // cannot be reached over SSH.
        let shown = world.seen.intersection(world.seenServers)
        for other in world.nodes where other.name != name && other.mayBePrimary && shown.contains(other.name) {
            guard let place = world.logs[other.name]?.place, world.server(other.name)?.inRecovery == true else {
                continue
            }
            if place.branch == log.place.branch, place.position > log.place.position {
                throw Broken(description: "\(name) is promoted, and \(other.name) has more of the log")
            }
        }
        // A node is reached whichever of the two doors it answers at.
        let reached = world.seen.union(world.seenServers)
        guard 2 * reached.count > world.nodes.count else {
            throw Broken(description: "\(name) is promoted by the side of the few")
        }
        try commits(log, name, world)
    }
}
