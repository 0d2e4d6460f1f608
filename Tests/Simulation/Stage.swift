import ClusterModel
import TestKit

/// Where a schedule is played: the hosts, the time, and what was seen to break. Everything on it runs on the one thread of its
/// virtual time.
final class Stage: @unchecked Sendable {
    let time: VirtualTime
    private(set) var world: World
    /// What chance decides while it goes on: how long things take, and what fails.
    var random: SplitMix64
    private(set) var broken: (any Error)?
    /// While there are faults, steps may fail.
    var isEventful = true
    /// When a fault, or a step, was last.
    private(set) var lastEvent = Duration.zero
    /// When something was down or not reached, last.
    private(set) var lastTrouble = Duration.zero
    /// Which server of a node it is: another number says that connections to the one before have ended.
    private(set) var generations: [NodeName: Int] = [:]

    /// How many pgregents there are.
    let actors: Int

    init(_ world: World, _ time: VirtualTime, random: SplitMix64, actors: Int) {
        self.actors = actors
        self.world = world
        self.time = time
        self.random = random
    }

    /// Something happens to the hosts; clients write, and what must always hold is checked.
    func happen(_ event: (World, inout SplitMix64) throws -> Void) {
        guard broken == nil else { return }
        let running = world.nodes.map { world.server($0.name) != nil }
        if !world.isUntroubled { lastTrouble = time.now }
        world.now = time.now
        do {
            try event(world, &random)
            world.settleStreams()
            world.dateMarks()
            world.write()
            try Checkers.always(world)
        } catch {
            broken = error
        }
        for (node, ran) in zip(world.nodes, running) where ran != (world.server(node.name) != nil) {
            generations[node.name, default: 0] += 1
        }
        lastEvent = time.now
        time.wakeWatchers()
    }

    func tell(_ line: @autoclosure () -> String) {
        world.now = time.now
        world.tell(line())
    }

    func chance(_ one: Int, in many: Int) -> Bool { Int.random(in: 0..<many, using: &random) < one }

    func duration(_ range: ClosedRange<Int>) -> Duration { .milliseconds(Int.random(in: range, using: &random)) }

    func check(_ check: (World) throws -> Void) {
        guard broken == nil else { return }
        do { try check(world) } catch { broken = error }
    }
}
