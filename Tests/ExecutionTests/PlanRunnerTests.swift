import ClusterModel
import Execution
import HostAccess
import TestKit
import Testing

@Suite struct PlanRunnerTests {
    private let one = Steps.step(.checkpoint)
    private var two: Step { Steps.step(.unfence, after: [one]) }

    private func run(
        _ steps: [Step], _ doors: FakeDoors = FakeDoors(), journal: FakeJournal = FakeJournal(),
        watcher: FakeWatcher = FakeWatcher(), stop: StopRequest = StopRequest()
    ) async -> [StepID: StepOutcome] {
        await PlanRunner(
            performer: HostSteps(spec: Steps.spec, commands: FakeCommands(), doors: doors), clock: doors.clock,
            journal: journal, watcher: watcher, stop: stop
        )
        .run(Steps.plan(steps), pass: "pass.1")
    }

    @Test("a step begins when what it waits for is done")
    func order() async {
        let last = Steps.step(.removeWatchdog, after: [two])
        let doors = FakeDoors()
        let outcomes = await run([last, two, one], doors)
        #expect(doors.scripts.map(\.script) == ["checkpoint", "unfence", "unguard"])
        #expect(outcomes.values.allSatisfy { $0 == .done })
    }

    @Test("independent steps run side by side")
    func parallel() async {
        let doors = FakeDoors()
        _ = await run((1...3).map { Steps.step(.checkpoint, on: "vm\($0)") }, doors)
        #expect(doors.mostAtOnce == 3)
    }

    @Test("what waits for a step that failed or is held is not begun, the rest is")
    func failed() async {
        var held = Steps.step(.stopStandby)
        held.heldBy = Step.Hold(.primaryStays, "reason")
        let behind = Steps.step(.dropSlot("s", on: "vm1"), after: [held])
        let free = Steps.step(.removeWatchdog)
        let outcomes = await run(
            [one, two, held, behind, free],
            FakeDoors { _, script in script == "checkpoint" ? .fails(1, "no") : .fine })
        #expect(Set(outcomes.keys) == [one.id, free.id])
    }

    @Test("every step is written down before and after")
    func journal() async {
        let journal = FakeJournal()
        _ = await run([one], FakeDoors { _, _ in .fails(2, "no") }, journal: journal)
        #expect(journal.entries.map(\.outcome) == [.started, .failed])
        #expect(journal.entries.map(\.pass) == ["pass.1", "pass.1"])
        #expect(journal.entries.map(\.step) == ["postgresql.checkpoint.vm1", "postgresql.checkpoint.vm1"])
        #expect(journal.entries.last?.message == "checkpoint on vm1: exit status 2: no")
        #expect(journal.entries.last?.duration != nil)
    }

    @Test("a journal that cannot be written is told, and nothing waits for it")
    func journalFull() async {
        for room in 0...3 {
            let (doors, watcher) = (FakeDoors(), FakeWatcher())
            let outcomes = await run([one, two], doors, journal: FakeJournal(room: room), watcher: watcher)
            #expect(doors.scripts.count == 2)
            #expect(outcomes == [one.id: .done, two.id: .done])
            #expect(watcher.unrecorded == 4 - room)
        }
    }

    @Test("after a request to stop the step in hand is finished and no other begun")
    func stop() async {
        let stop = StopRequest()
        let watcher = FakeWatcher { _ in stop.request() }
        let outcomes = await run([one, two], watcher: watcher, stop: stop)
        #expect(outcomes == [one.id: .done])
        #expect(watcher.started == ["postgresql.checkpoint.vm1"])
    }

    /// Three steps of a hold, and one after it that nobody waits for.
    private var hold: [Step] {
        let change = Switchover(from: "vm1", to: "vm2")
        let demote = Steps.step(.demote(change))
        let promote = Steps.step(.promoteForSwitchover(change, proves: false), on: "vm2", after: [demote])
        let follow = Steps.step(.follow("vm2", .switchover), on: "vm3", after: [promote])
        return [demote, promote, follow, Steps.step(.unfence, after: [follow])]
    }

    @Test("a request to stop while clients are held lets them go first, and does no more")
    func stopWhileHeld() async {
        let stop = StopRequest()
        let watcher = FakeWatcher { step in if step.id.name == .postgresqlDemote { stop.request() } }
        let doors = FakeDoors()
        _ = await run(hold, doors, watcher: watcher, stop: stop)
        #expect(doors.scripts.map(\.script) == ["demote", "promote", "attach"])
    }

    @Test("a request to stop before clients are held begins no hold")
    func stopBeforeHold() async {
        let stop = StopRequest()
        stop.request()
        #expect(await run(hold, stop: stop).isEmpty)
    }
}
