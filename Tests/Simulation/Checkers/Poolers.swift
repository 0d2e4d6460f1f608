import ClusterModel
import PgBouncer
import Planning
import Systems
import TestKit

extension Checkers {
    /// At rest no pool is paused, and clients who want to write are led to the primary.
    static func poolers(lead primary: NodeName, _ world: World) throws {
        for (pooler, seen) in world.truth.snapshot.pgbouncer {
            for database in seen.value?.console.value?.databases ?? [] {
                if database.paused { throw Broken(description: "at rest \(database.name) on \(pooler) is paused") }
                if database.name == "postgres_rw", database.host != world.spec.node(primary)?.host {
                    throw Broken(description: "at rest \(database.name) on \(pooler) leads to \(database.host)")
                }
            }
        }
    }
}
