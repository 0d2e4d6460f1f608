import ClusterModel
import TestKit
import Testing

@testable import Simulation

/// A checker that cannot complain proves nothing.
@Suite struct CheckerTests {
    private func world(confirmations: Int) -> World { World(.plain(confirmations: confirmations)) }

    @Test("two nodes that clients are led to are two primaries")
    func twoPrimaries() throws {
        let world = world(confirmations: 0)
        try Checkers.always(world)
        try world.truth.promote("vm2")
        world.startsWriting("vm2")
        try Checkers.always(world)
        world.truth.editPool("postgres_rw", on: "vm2", to: "vm2")
        #expect(throws: Broken.self) { try Checkers.always(world) }
    }

    @Test("a commit that was answered and is not there is lost")
    func lostCommit() throws {
        let world = world(confirmations: 1)
        world.write()
        #expect(world.acknowledged.count == 1)
        let log = try #require(world.logs["vm2"])
        try Checkers.commits(log, "vm2", world)
        #expect(throws: Broken.self) { try Checkers.commits(Log(), "vm2", world) }
    }

    @Test("what has less of the log, or may not be primary, is not to be promoted")
    func promotion() throws {
        let world = world(confirmations: 0)
        world.seen = ["vm1", "vm2", "vm3"]
        world.seenServers = world.seen
        world.severed = [["vm1", "vm2"]]
        world.settleStreams()
        world.write()
        try world.truth.kill("vm1")
        try Checkers.promotion(of: "vm3", insteadOf: "vm1", world)
        #expect(throws: Broken.self) { try Checkers.promotion(of: "vm2", insteadOf: "vm1", world) }
        (world.seen, world.seenServers) = (["vm3"], ["vm2", "vm3"])
        try Checkers.promotion(of: "vm3", insteadOf: "vm1", world)
        world.seenServers = ["vm3"]
        #expect(throws: Broken.self) { try Checkers.promotion(of: "vm3", insteadOf: "vm1", world) }
    }
}
