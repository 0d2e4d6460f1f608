import Simulation
import Testing

@Suite struct ScheduleTests {
    @Test("what is promised holds under seeded faults", arguments: 1...8)
    func holds(_ block: UInt64) {
        for seed in (block * 1000)..<(block * 1000 + 8) {
            var schedule = Schedule(seed: seed)
            let broken = schedule.run()
            #expect(broken == nil, "\(broken ?? "")")
        }
    }

    /// Under quorum commit it could let that one acknowledge again.
    @Test(
        "a rewind under way when the primary that it rewinds towards is replaced follows nobody who was replaced",
        arguments: [9_016_489, 9_046_847] as [UInt64])
    func rewindOutlivedByItsPrimary(_ seed: UInt64) {
        var schedule = Schedule(seed: seed)
        let broken = schedule.run()
        #expect(broken == nil, "\(broken ?? "")")
    }

    @Test("a schedule is the same each time")
    func repeatable() {
        for seed in UInt64(1)...10 {
            var (one, other) = (Schedule(seed: seed), Schedule(seed: seed))
            #expect(one.run() == other.run() && one.isHeld == other.isHeld)
        }
    }
}
