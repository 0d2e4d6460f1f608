import ClusterModel
import Planning
import PostgreSQL
import Synchronization
import TestKit
import Testing

@testable import Simulation

/// A rewind is at work when the primary that it rewinds towards is lost.
@Suite struct RewindTests {
    @Test("under quorum commit somebody is promoted when it has ended, and nobody before")
    func outlivesItsPrimary() throws {
        for seed in UInt64(1)...8 {
            let seen = try failover(seed)
            #expect(seen.during == nil, "seed \(seed)")
            #expect(seen.after != nil, "seed \(seed)")
        }
    }

    private struct Seen {
        /// Who took writes in place of the one that was cut off, while the rewind was at work.
        var during: NodeName?
        var after: NodeName?
    }

    /// vm1 was replaced, and somebody else rewinds it when its new primary is cut off.
    private func failover(_ seed: UInt64) throws -> Seen {
        let result = Mutex(Seen())
        let variant = Variant.plain(confirmations: 1, nodes: 5, fence: .bestEffort)
        try VirtualTime.run { time in
            let stage = Stage(World(variant), time, random: SplitMix64(seed: seed), actors: 1)
            stage.isEventful = false
            let pgregent = Pgregent(stage, actor: 0)
            let writers = { stage.world.nodes.map(\.name).filter { stage.world.takesWrites($0) } }
            pgregent.begin()
            await time.sleep(for: .seconds(20))
            stage.happen { world, _ in try world.truth.kill("vm1") }
            while writers().isEmpty, time.now < .seconds(40) { await time.sleep(for: .milliseconds(10)) }
            stage.happen { world, _ in
                world.truth.edit("vm1") {
                    ($0.unfinishedWork, $0.workRuns) = (UnfinishedWork(.rewind, process: "4711 88"), true)
                }
            }
            await time.sleep(for: .seconds(20))
            let primary = writers().first ?? "nobody"
            stage.happen { world, _ in world.cut = [primary] }
            await time.sleep(for: .seconds(20))
            result.withLock { $0.during = writers().first { $0 != primary } }
            // It has given up; had it gone on when the cut was healed, it would have followed the replaced one.
            stage.happen { world, _ in world.truth.edit("vm1") { $0.workRuns = false } }
            await time.sleep(for: .seconds(20))
            result.withLock { $0.after = writers().first { $0 != primary } }
            await pgregent.end()
        }
        return result.withLock { $0 }
    }
}
