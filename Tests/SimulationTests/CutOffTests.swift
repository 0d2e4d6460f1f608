import ClusterModel
import Synchronization
import TestKit
import Testing

@testable import Simulation

/// How long it takes, by the virtual clock: what pgregent itself waits for, whatever machine it runs on.
@Suite struct CutOffTests {
    @Test("a host that is cut off is replaced soon after the declared window", arguments: [true, false])
    func cutOff(_ isQuick: Bool) throws {
        for seed in UInt64(1)...40 {
            let after = try replacement(seed, isQuick: isQuick, cutAt: 30_000...32_000)
            let (attempts, interval) = isQuick ? (2, Duration.milliseconds(500)) : (3, .seconds(1))
            // The last sign of life came up to one interval before the cut.
            #expect(after >= interval * (attempts - 1), "seed \(seed)")
            #expect(after <= interval * attempts + .milliseconds(450), "seed \(seed)")
        }
    }

    @Test("nor need it have been seen for long")
    func cutOffAtOnce() throws {
        for seed in UInt64(1)...60 {
            // The first observation takes up to 40 ms.
            #expect(try replacement(seed, isQuick: false, cutAt: 42...60) <= .milliseconds(3450), "seed \(seed)")
        }
    }

    /// - Parameter cutAt: when it is cut off, in milliseconds after the start.
    /// - Returns: how long after the cut another takes writes.
    private func replacement(_ seed: UInt64, isQuick: Bool, cutAt: ClosedRange<Int>) throws -> Duration {
        let variant = Variant.plain(confirmations: 1, isQuick: isQuick)
        let result = Mutex(Duration.zero)
        try VirtualTime.run { time in
            let stage = Stage(World(variant), time, random: SplitMix64(seed: seed), actors: 1)
            stage.isEventful = false
            let pgregent = Pgregent(stage, actor: 0)
            pgregent.begin()
            await time.sleep(for: stage.duration(cutAt))
            stage.happen { world, _ in world.cut = ["vm1"] }
            let begin = time.now
            while !stage.world.takesWrites("vm2"), !stage.world.takesWrites("vm3"), time.now < begin + .seconds(60) {
                await time.sleep(for: .milliseconds(10))
            }
            result.withLock { $0 = time.now - begin }
            await pgregent.end()
        }
        return result.withLock { $0 }
    }
}
