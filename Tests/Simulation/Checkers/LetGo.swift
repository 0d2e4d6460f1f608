import ClusterModel
import PgBouncer
import Planning
import PostgreSQL
import Systems
import TestKit

extension Checkers {
    /// One that was asked to stop, and not hindered, leaves no clients held and no standby detached for a switchover.
    ///
    /// - Parameter before: who was held when it began: one that was killed had left that.
    static func letGo(_ world: World, before: Set<String>) throws {
        guard world.isUntroubled, world.nodes.count(where: { world.takesWrites($0.name) }) == 1 else { return }
        let left = held(world)
        guard before.isEmpty, !left.isEmpty else { return }
        throw Broken(description: "stopped, it leaves \(left.sorted().joined(separator: ", "))")
    }

    static func held(_ world: World) -> Set<String> {
        var held: Set<String> = []
        for (pooler, seen) in world.truth.snapshot.pgbouncer {
            for database in seen.value?.console.value?.databases ?? [] where database.paused {
                held.insert("\(database.name) on \(pooler) paused")
            }
        }
        for node in world.nodes where world.server(node.name)?.pointsNowhere == true {
            // A failover that was begun is gone on with by whoever comes next.
            guard world.truth.snapshot.host(node.name)?.recordedFailover?.phase != .frozen else { continue }
            held.insert("\(node.name) detached")
        }
        return held
    }
}

extension World {
    /// Everything is reached by everybody and runs, but for a primary that a switchover has stopped.
    var isUntroubled: Bool {
        cut.isEmpty && frozen.isEmpty && slow.isEmpty && severed.isEmpty && hidden.allSatisfy(\.isEmpty)
            && nodes.allSatisfy { node in
                server(node.name) != nil || truth.snapshot.host(node.name)?.recordedStop != nil
            }
    }
}
