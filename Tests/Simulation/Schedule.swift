import ClusterModel
import Planning
import PostgreSQL
import Systems
import TestKit

/// One story, told by its seed: faults come and go while pgregent goes round; then they end, and it must come to rest.
package struct Schedule {
    private let seed: UInt64
    private static let events = 12
    /// A step that failed and failed again is tried again after five minutes at the latest.
    private static let longestToRest = Duration.seconds(900)

    /// It ended with a decision that is held for a person, told with its reason: never wrong, and not healed by itself.
    package private(set) var isHeld = false

    /// It ended with two primaries that no hand made, as `failover.fence: best_effort` alone allows, and a person was told.
    package private(set) var hasTwoPrimaries = false

    package init(seed: UInt64) { self.seed = seed }

    /// - Returns: nil when everything held; else what did not, and the story.
    package mutating func run() -> String? {
        let end = play(isTold: false)
        guard end.broken != nil else {
            (isHeld, hasTwoPrimaries) = (end.isHeld, end.hasTwoPrimaries)
            return nil
        }
        return story()
    }

    /// What happens, from the beginning to the end.
    package func story() -> String {
        let end = play(isTold: true)
        let lines = end.story.map { "  \($0)\n" }.joined()
        return "seed \(seed): \(end.title)\n\(lines)  \(end.broken.map { "BROKEN: \($0)" } ?? "everything holds")\n"
    }

    private struct End {
        var title = ""
        var story: [String] = []
        var broken: String?
        var isHeld = false
        var hasTwoPrimaries = false
    }

    private func play(isTold: Bool) -> End {
        var random = SplitMix64(seed: seed)
        let variant = Variant(&random)
        let chance = random
        let result = Result()
        do {
            try VirtualTime.run { time in
                let stage = Stage(World(variant, isTold: isTold), time, random: chance, actors: variant.two ? 2 : 1)
                let pgregents = (0..<stage.actors).map { Pgregent(stage, actor: $0) }
                for pgregent in pgregents { pgregent.begin() }
                await Self.live(stage, pgregents)
                await Self.rest(stage, pgregents, &result.end)
                for pgregent in pgregents { await pgregent.end() }
                result.end.story = stage.world.story
                result.end.broken = stage.broken.map { "\($0)" }
            }
        } catch {
            result.end.broken = "everybody waits, and for nothing"
        }
        result.end.title = variant.description
        return result.end
    }

    private final class Result: @unchecked Sendable {
        var end = End()
    }

    private static func live(_ stage: Stage, _ pgregents: [Pgregent]) async {
        for _ in 0..<events where stage.broken == nil {
            // Often while the last one is still being dealt with.
            await stage.time.sleep(for: stage.duration(stage.chance(1, in: 3) ? 5...100 : 200...6000))
            let pgregent = pgregents[Int.random(in: 0..<pgregents.count, using: &stage.random)]
            switch Int.random(in: 0..<10, using: &stage.random) {
            case 0: if stage.chance(1, in: 2) { pgregent.kill() } else { pgregent.askToStop() }
            case 1: pgregent.askForSwitchover()
            default: stage.happen { world, random in try Fault.strike(world, &random) }
            }
        }
    }

    /// Faults are over. Where nobody is left to be promoted, or nobody may be without a person, a person starts what is down.
    private static func rest(_ stage: Stage, _ pgregents: [Pgregent], _ end: inout End) async {
        stage.isEventful = false
        stage.happen { world, _ in world.heal() }
        await calm(stage, pgregents)
        stage.happen { world, _ in world.startEverything() }
        await calm(stage, pgregents)
        let isHeld = pgregents.contains { pgregent in
            pgregent.lastPlan?.held.contains {
                [.clusterDecide, .clusterFailover, .clusterRejoin].contains($0.id.name)
            } ?? false
        }
        stage.check { world in
            try Checkers.noSecondPrimary(world, isTold: isHeld)
            guard !isHeld else { return }
            try Checkers.converged(pgregents.flatMap { $0.lastPlan?.runnable ?? [] }, world)
            try Checkers.atRest(world)
        }
        end.isHeld = isHeld
        end.hasTwoPrimaries = Checkers.hasSecondPrimary(stage.world)
    }

    private static func calm(_ stage: Stage, _ pgregents: [Pgregent]) async {
        let end = stage.time.now + longestToRest
        while stage.broken == nil, stage.time.now < end {
            await stage.time.sleep(for: .seconds(1))
            if pgregents.allSatisfy(\.isCalm) { return }
        }
    }
}

extension World {
    fileprivate func startEverything() {
        let hasPrimary = nodes.contains { takesWrites($0.name) }
        for node in nodes where server(node.name) == nil {
            guard !hasPrimary || truth.snapshot.host(node.name)?.hasStandbySignal == true else { continue }
            World.start(node.name, self)
        }
    }
}
