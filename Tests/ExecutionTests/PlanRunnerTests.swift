import ClusterModel
import Execution
import HostAccess
import TestKit
import Testing

@Suite struct PlanRunnerTests {
    private func run(
        _ steps: [Step], _ doors: FakeDoors = FakeDoors(), journal: FakeJournal = FakeJournal(),
        watcher: FakeWatcher = FakeWatcher(), stop: StopRequest = StopRequest()
    ) async -> [String: StepOutcome] {
        await PlanRunner(
            performer: HostSteps(spec: Steps.spec, doors: doors), clock: doors.clock, journal: journal,
            watcher: watcher,
            stop: stop
        )
        .run(Steps.plan(steps), pass: "pass.1")
    }

    @Test("a step begins when what it waits for is done")
    func order() async {
        let last = Steps.step("last", after: ["postgresql.middle.vm1"], scripts: ["last"])
        let middle = Steps.step("middle", after: ["postgresql.first.vm1"], scripts: ["middle"])
        let first = Steps.step("first", scripts: ["first"])
        let doors = FakeDoors()
        let outcomes = await run([last, middle, first], doors)
        #expect(doors.scripts.map(\.script) == ["first", "middle", "last"])
        #expect(outcomes.values.allSatisfy { $0 == .done })
    }

    @Test("independent steps run side by side")
    func parallel() async {
        let doors = FakeDoors()
        _ = await run((1...3).map { Steps.step("start", on: "vm\($0)") }, doors)
        #expect(doors.mostAtOnce == 3)
    }

    @Test("what waits for a step that failed or is held is not begun, the rest is")
    func failed() async {
        var held = Steps.step("held")
        held.heldBy = Step.Hold(rule: "rule", reason: "reason")
        let steps = [
            Steps.step("bad", scripts: ["bad"]), Steps.step("next", after: ["postgresql.bad.vm1"]), held,
            Steps.step("behind", after: ["postgresql.held.vm1"]), Steps.step("free"),
        ]
        let outcomes = await run(steps, FakeDoors { _, script in script == "bad" ? .fails(1, "no") : .fine })
        #expect(Set(outcomes.keys) == ["postgresql.bad.vm1", "postgresql.free.vm1"])
    }

    @Test("every step is written down before and after")
    func journal() async {
        let journal = FakeJournal()
        _ = await run([Steps.step("bad")], FakeDoors { _, _ in .fails(2, "no") }, journal: journal)
        #expect(journal.entries.map(\.outcome) == [.started, .failed])
        #expect(journal.entries.map(\.pass) == ["pass.1", "pass.1"])
        #expect(journal.entries.last?.message == "do it on vm1: exit status 2: no")
        #expect(journal.entries.last?.duration != nil)
    }

    @Test("nothing is begun that cannot be written down")
    func journalFull() async {
        let doors = FakeDoors()
        let outcomes = await run([Steps.step("start")], doors, journal: FakeJournal(room: 0))
        #expect(doors.scripts.isEmpty)
        #expect(outcomes["postgresql.start.vm1"]?.isDone == false)
    }

    @Test("a step whose end cannot be written down has not gone well, and nothing follows it")
    func journalFillsUp() async {
        let doors = FakeDoors()
        let steps = [
            Steps.step("one", scripts: ["one"]), Steps.step("two", after: ["postgresql.one.vm1"], scripts: ["two"]),
        ]
        let outcomes = await run(steps, doors, journal: FakeJournal(room: 1))
        #expect(doors.scripts.map(\.script) == ["one"])
        #expect(outcomes["postgresql.one.vm1"]?.isDone == false)
    }

    @Test("after a request to stop the step in hand is finished and no other begun")
    func stop() async {
        let stop = StopRequest()
        let watcher = FakeWatcher { _ in stop.request() }
        let outcomes = await run(
            [Steps.step("one"), Steps.step("two", after: ["postgresql.one.vm1"])], watcher: watcher, stop: stop)
        #expect(outcomes == ["postgresql.one.vm1": .done])
        #expect(watcher.started == ["postgresql.one.vm1"])
    }

    /// Three steps of a hold, and one after it that nobody waits for.
    private var hold: [Step] {
        var steps = [
            Steps.step("pause", scripts: ["pause"]),
            Steps.step("promote", after: ["postgresql.pause.vm1"], scripts: ["promote"]),
            Steps.step("route", after: ["postgresql.promote.vm1"], scripts: ["route"]),
        ]
        for index in steps.indices { steps[index].clientsWait = true }
        return steps + [Steps.step("follow", after: ["postgresql.route.vm1"], scripts: ["follow"])]
    }

    @Test("a request to stop while clients are held lets them go first, and does no more")
    func stopWhileHeld() async {
        let stop = StopRequest()
        let watcher = FakeWatcher { step in if step.action == "pause" { stop.request() } }
        let doors = FakeDoors()
        _ = await run(hold, doors, watcher: watcher, stop: stop)
        #expect(doors.scripts.map(\.script) == ["pause", "promote", "route"])
    }

    @Test("a request to stop before clients are held begins no hold")
    func stopBeforeHold() async {
        let stop = StopRequest()
        stop.request()
        #expect(await run(hold, stop: stop).isEmpty)
    }

    @Test("a journal that fills up while clients are held does not leave them waiting, and does no more")
    func journalFullWhileHeld() async {
        let doors = FakeDoors()
        _ = await run(hold, doors, journal: FakeJournal(room: 2))
        #expect(doors.scripts.map(\.script) == ["pause", "promote", "route"])
    }
}
