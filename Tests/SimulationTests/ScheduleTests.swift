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

    @Test("a schedule is the same each time")
    func repeatable() {
        for seed in UInt64(1)...10 {
            var (one, other) = (Schedule(seed: seed), Schedule(seed: seed))
            #expect(one.run() == other.run() && one.isHeld == other.isHeld)
        }
    }
}
