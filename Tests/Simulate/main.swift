import Simulation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

// simulate RUNS SEED: that many schedules, from that seed on; the first three that break something are told.
// simulate tell SEED: one schedule, told.
if CommandLine.arguments.dropFirst().first == "tell" {
    print(Schedule(seed: CommandLine.arguments.last.flatMap { UInt64($0) } ?? 1).story())
    exit(0)
}
let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let runs = arguments.first ?? 10_000
let first = arguments.dropFirst().first ?? 1
let clock = ContinuousClock()
let begin = clock.now
let total = Mutex(Total())

// One thread a core: each schedule is single-threaded, and none knows of another.
let next = Atomic(first)
await withTaskGroup(of: Void.self) { group in
    for _ in 0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) {
        group.addTask {
            while true {
                let seed = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard seed < first + runs else { return }
                var schedule = Schedule(seed: seed)
                let story = schedule.run()
                total.withLock { $0.add(schedule, story, seed) }
            }
        }
    }
}
let took = clock.now - begin
let end = total.withLock { $0 }
for (_, story) in end.broken.sorted(by: { $0.seed < $1.seed }).prefix(3) { print(story) }
print(
    "\(runs) schedules from seed \(first) in \(took): \(end.broken.count) broken, \(end.held) left a decision to a person, "
        + "\(end.two) of them two primaries under best_effort")
exit(end.broken.isEmpty ? 0 : 1)

struct Total {
    var broken: [(seed: UInt64, story: String)] = []
    var held = 0
    var two = 0

    mutating func add(_ schedule: Schedule, _ story: String?, _ seed: UInt64) {
        if let story { broken.append((seed, story)) }
        if schedule.isHeld { held += 1 }
        if schedule.hasTwoPrimaries { two += 1 }
    }
}
