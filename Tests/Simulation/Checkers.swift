import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import TestKit

/// What must hold; each names the promise that was broken.
package struct Broken: Error, CustomStringConvertible {
    package var description: String
}

package enum Checkers {
    /// After every event.
    static func always(_ world: World) throws {
        try onePrimary(world)
    }

    /// Never two nodes that clients are led to and that answer a commit, where the file promises it.
    static func onePrimary(_ world: World) throws {
        guard world.promises.onePrimary else { return }
        let taking = world.served.filter { world.acknowledges($0) && !world.handMade.contains($0) }
        guard taking.count > 1 else { return }
        throw Broken(description: "two primaries for clients: \(taking.joined(separator: ", "))")
    }

    /// The promoted one may be primary, has every acknowledged commit where that is promised, and nobody whose receiver was
    /// stopped for the comparison has more.
    static func promotion(of name: NodeName, insteadOf old: NodeName?, _ world: World) throws {
        guard let node = world.spec.node(name), let log = world.logs[name] else { return }
        guard node.mayBePrimary else { throw Broken(description: "\(name) is promoted and may not be primary") }
        // Of those that the look has shown: who comes back a moment later has no say.
        for other in world.nodes
        where other.name != name && other.mayBePrimary && world.seenServers.contains(other.name) {
            guard let place = world.logs[other.name]?.place, world.server(other.name)?.inRecovery == true else {
                continue
            }
            if place.branch == log.place.branch, place.position > log.place.position {
                throw Broken(description: "\(name) is promoted, and \(other.name) has more of the log")
            }
        }
        let majority = 2 * world.nodes.count { world.seen.contains($0.name) } > world.nodes.count
        guard majority else { throw Broken(description: "\(name) is promoted by the side of the few") }
        try commits(log, name, world)
    }

    /// Every acknowledged commit is in it.
    static func commits(_ log: Log, _ name: NodeName, _ world: World) throws {
        guard world.promises.commits else { return }
        let lost = world.acknowledged.filter { !log.holds($0) }
        guard let first = lost.first else { return }
        throw Broken(description: "\(name) lacks \(lost.count) acknowledged commits, the first at \(first)")
    }

    /// What nobody's hand did, pgregent did. Where the file promises no more than an effort, it tells a person at least.
    static func noSecondPrimary(_ world: World, isTold: Bool) throws {
        guard hasSecondPrimary(world), !isTold || world.promises.onePrimary else { return }
        let writable = world.nodes.map(\.name).filter { world.takesWrites($0) }
        throw Broken(description: "at rest these take writes, and no hand made them: \(writable)")
    }

    static func hasSecondPrimary(_ world: World) -> Bool {
        world.handMade.isEmpty && world.nodes.count { world.takesWrites($0.name) } > 1
    }

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
        for (pooler, seen) in world.truth.snapshot.pgbouncer {
            for database in seen.value?.console.value?.databases ?? [] {
                if database.paused { throw Broken(description: "at rest \(database.name) on \(pooler) is paused") }
                if database.name == "postgres_rw", database.host != world.spec.node(primary)?.host {
                    throw Broken(description: "at rest \(database.name) on \(pooler) leads to \(database.host)")
                }
            }
        }
        try commits(log, primary, world)
    }
}
