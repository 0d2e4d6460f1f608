import ClusterModel
import Planning
import PostgreSQL
import TestKit

/// One story, told by its seed: faults come and go while pgregent does its passes; then they end, and it must come to rest.
package struct Schedule {
    private let seed: UInt64
    private static let eventful = 12
    private static let passesToRest = 12

    /// It ended with a decision that is held for a person, told with its reason: never wrong, and not healed by itself.
    package private(set) var isHeld = false

    /// It ended with two primaries that no hand made, as `failover.fence: best_effort` alone allows, and a person was told.
    package private(set) var hasTwoPrimaries = false

    package init(seed: UInt64) { self.seed = seed }

    /// - Returns: nil when everything held; else what did not, and the story.
    package mutating func run() -> String? {
        var random = SplitMix64(seed: seed)
        let variant = Variant(&random)
        var world = World(variant)
        do {
            try live(&world, &random, two: variant.two)
            try rest(&world)
            return nil
        } catch {
            let story = world.story.map { "  \($0)\n" }.joined()
            return "seed \(seed): \(variant)\n\(story)  BROKEN: \(error)\n"
        }
    }

    private func live(_ world: inout World, _ random: inout SplitMix64, two: Bool) throws {
        for _ in 0..<Self.eventful {
            world.write()
            if Bool.random(using: &random) { try Fault.strike(&world, &random) }
            try Checkers.always(world)
            var luck = Pass.Luck()
            switch Int.random(in: 0..<8, using: &random) {
            case 0: luck.diesBefore = Int.random(in: 0..<6, using: &random)
            case 1: luck.half = Int.random(in: 0..<6, using: &random)
            case 2: luck.unanswered = Int.random(in: 0..<6, using: &random)
            default: break
            }
            let actor = two ? Int.random(in: 0..<2, using: &random) : 0
            let isAsked = Int.random(in: 0..<8, using: &random) == 0
            world.tell("pass\(two ? " of pgregent \(actor + 1)" : "")\(isAsked ? ", a switchover is asked for" : "")")
            _ = try Pass.run(&world, luck, actor: actor, request: isAsked ? .command(to: nil) : nil) { world, _ in
                if two, Int.random(in: 0..<10, using: &random) == 0 {
                    world.tell("  meanwhile a pass of pgregent \(2 - actor)")
                    _ = try Pass.run(&world, Pass.Luck(), actor: 1 - actor, between: { _, _ in })
                }
                guard Int.random(in: 0..<25, using: &random) == 0 else { return }
                try Fault.strike(&world, &random)
                try Checkers.always(world)
            }
        }
    }

    /// Faults are over. Where nobody is left to be promoted, or nobody may be without a person, a person starts what is down.
    private mutating func rest(_ world: inout World) throws {
        world.heal()
        for turn in 0..<2 {
            for _ in 0..<Self.passesToRest {
                world.tell("pass")
                guard try Pass.run(&world, Pass.Luck(), between: { _, _ in }) else { break }
            }
            if turn == 0 {
                let hasPrimary = world.nodes.contains { world.takesWrites($0.name) }
                for node in world.nodes where world.server(node.name) == nil {
                    guard !hasPrimary || world.truth.snapshot.host(node.name)?.hasStandbySignal == true else {
                        continue
                    }
                    World.start(node.name, &world)
                }
                world.settleStreams()
            }
        }
        isHeld = Pass.plan(world).held.contains { ["decide", "failover", "rejoin"].contains($0.action) }
        try Checkers.noSecondPrimary(world, isTold: isHeld)
        hasTwoPrimaries = Checkers.hasSecondPrimary(world)
        if !isHeld { try Checkers.atRest(world) }
    }
}
