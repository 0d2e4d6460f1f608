import ClusterModel
import PostgreSQL
import Synchronization
import TestKit
import Testing

@testable import Simulation

/// The old primary is back before another was promoted: the standbys whose receivers were stopped follow it again.
@Suite struct GoingOnTests {
    @Test("a standby goes on though the one that was chosen never gets a stream", arguments: [true, false])
    func chosenWithoutStream(_ told: Bool) throws {
        let seen = try standbys(told: told)
        #expect(seen.streams)
        // It was told first: who points nowhere may be promoted.
        #expect(!seen.mayBePromoted)
    }

    /// vm2 and vm3 were frozen, and vm3, which does not reach vm1, was about to be promoted in its place.
    ///
    /// - Parameter told: vm3 was told to follow again.
    /// - Returns: whether vm2 streams from vm1 in the end, and whether it went on while vm3 could be promoted.
    private func standbys(told: Bool) throws -> (streams: Bool, mayBePromoted: Bool) {
        let result = Mutex((streams: false, mayBePromoted: false))
        try VirtualTime.run { time in
            let stage = Stage(World(.plain(confirmations: 1)), time, random: SplitMix64(seed: 1), actors: 1)
            stage.isEventful = false
            stage.happen { world, _ in
                for name in ["vm2", "vm3"] {
                    world.truth.disconnect(name)
                    world.truth.edit(name) {
                        $0.recordedFailover = RecordedFailover(
                            phase: .frozen, replaces: "vm1", fence: .stopped, chosen: "vm3")
                    }
                }
                for name in told ? ["vm2"] : ["vm2", "vm3"] {
                    world.truth.editServer(name) { $0.parameters["primary_conninfo"] = Parameter(value: "") }
                }
                world.severed = [["vm1", "vm3"]]
            }
            let pgregent = Pgregent(stage, actor: 0)
            pgregent.begin()
            while time.now < .seconds(120) {
                await time.sleep(for: .milliseconds(1))
                let goesOn = stage.world.server("vm2")?.hasUpstream == true
                if goesOn, stage.world.server("vm3")?.pointsNowhere == true {
                    result.withLock { $0.mayBePromoted = true }
                }
            }
            result.withLock { $0.streams = stage.world.upstream("vm2") == "vm1" }
            await pgregent.end()
        }
        return result.withLock { $0 }
    }
}
