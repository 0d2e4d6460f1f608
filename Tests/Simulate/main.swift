import Simulation

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
var broken: [String] = []
var held = 0
var two = 0
for seed in first..<(first + runs) {
    var schedule = Schedule(seed: seed)
    if let story = schedule.run() { broken.append(story) }
    if schedule.isHeld { held += 1 }
    if schedule.hasTwoPrimaries { two += 1 }
}
let took = clock.now - begin
for story in broken.prefix(3) { print(story) }
print(
    "\(runs) schedules from seed \(first) in \(took): \(broken.count) broken, \(held) left a decision to a person, "
        + "\(two) of them two primaries under best_effort")
exit(broken.isEmpty ? 0 : 1)
