import ClusterModel
import Execution
import Testing

@testable import ControlLoop

@Suite struct BackoffTests {
    private func step(_ cause: Step.Cause = .drift) -> Step {
        let record = Registration(
            as: .standby, upstream: "vm2", primary: "vm2", mismatches: [.inactive], removesMark: false)
        return Step(.repmgr(.register(record)), on: "vm1", cause: cause)
    }

    private func isDue(_ backoff: Backoff, _ step: Step, at seconds: Int) -> Bool {
        let plan = Plan(
            cluster: "main", primary: nil, timeline: nil, nodesDeclared: 1, nodesObserved: 1, findings: [],
            steps: [step])
        return !backoff.due(plan, .seconds(seconds), except: { _ in false }).steps.isEmpty
    }

    @Test("what failed is tried later each time, and never later than five minutes")
    func failures() {
        var backoff = Backoff(interval: .seconds(10))
        backoff.note(step(), .failed("no"), .seconds(0), jitter: 1)
        #expect(!isDue(backoff, step(), at: 19))
        #expect(isDue(backoff, step(), at: 20))
        backoff.note(step(), .failed("no"), .seconds(20), jitter: 1)
        #expect(!isDue(backoff, step(), at: 59))
        #expect(isDue(backoff, step(), at: 60))
        for _ in 0..<20 { backoff.note(step(), .failed("no"), .seconds(100), jitter: 1) }
        #expect(isDue(backoff, step(), at: 400))
    }

    @Test("what is done and wanted again and again is not done without a pause")
    func repetition() {
        var backoff = Backoff(interval: .seconds(10))
        for second in 0..<3 {
            #expect(isDue(backoff, step(), at: second))
            backoff.note(step(), .done, .seconds(second), jitter: 1)
        }
        #expect(isDue(backoff, step(), at: 3))
        backoff.note(step(), .done, .seconds(3), jitter: 1)
        #expect(!isDue(backoff, step(), at: 22))
        #expect(isDue(backoff, step(), at: 23))
        // After a quiet time it is as new.
        backoff.note(step(), .done, .seconds(1000), jitter: 1)
        #expect(isDue(backoff, step(), at: 1000))
    }

    @Test("what a change of primary makes due again is not held against anybody")
    func changedPrimary() {
        for cause in [Step.Cause.failover, .switchover] {
            var backoff = Backoff(interval: .seconds(10))
            let promote = Step(
                .postgresql(.promoteForSwitchover(Switchover(from: "vm1", to: "vm2"), proves: false)), on: "vm2",
                cause: cause)
            for second in 0..<10 {
                backoff.note(promote, .done, .seconds(second), jitter: 1)
                #expect(isDue(backoff, step(), at: second))
                backoff.note(step(), .done, .seconds(second), jitter: 1)
            }
            // What fails is another matter.
            backoff.note(step(), .failed("no"), .seconds(10), jitter: 1)
            backoff.note(promote, .done, .seconds(10), jitter: 1)
            #expect(!isDue(backoff, step(), at: 11))
        }
    }

    @Test(
        "a failover is never paused for having been done before; it and a pooler are tried again soon after they failed"
    )
    func failover() {
        var backoff = Backoff(interval: .seconds(10))
        backoff.note(step(.failover), .failed("no"), .seconds(-2), jitter: 1)
        #expect(!isDue(backoff, step(.failover), at: -2))
        #expect(isDue(backoff, step(.failover), at: -1))
        let rewrite = Step(.pgbouncer(.reload(changes: [], pools: [])), on: "vm1", cause: .drift)
        backoff.note(rewrite, .unknown("lost"), .seconds(-2), jitter: 1)
        #expect(!isDue(backoff, rewrite, at: -2) && isDue(backoff, rewrite, at: -1))
        // Clients are not held again at once.
        let pause = Step(.pgbouncer(.pause(["rw"], mode: .other)), on: "vm1", cause: .drift)
        backoff.note(pause, .failed("busy"), .seconds(-2), jitter: 1)
        #expect(!isDue(backoff, pause, at: 17))
        for _ in 0..<10 { backoff.note(step(.failover), .done, .seconds(0), jitter: 1) }
        #expect(isDue(backoff, step(.failover), at: 0))
    }

    @Test("a change of primary is begun with all that it takes, or not at all")
    func changeOfPrimary() {
        let change = Switchover(from: "vm1", to: "vm2")
        let detach = Step(
            .postgresql(.stopReceiverForSwitchover(change, isNoted: true)), on: "vm3", cause: .switchover)
        let pause = Step(.pgbouncer(.pause(["rw"], mode: .other)), on: "vm3", cause: .switchover).after(
            [detach.id], .prepareBeforeHold)
        let demote = Step(.postgresql(.demote(change)), on: "vm1", cause: .switchover).after(
            [detach.id, pause.id], .pausePoolersBeforeDemotion)
        let other = self.step()
        let plan = Plan(
            cluster: "main", primary: "vm1", timeline: 1, nodesDeclared: 3, nodesObserved: 3, findings: [],
            steps: [other, detach, pause, demote])
        var backoff = Backoff(interval: .seconds(10))
        #expect(backoff.due(plan, .zero, except: { _ in false }).steps.count == 4)
        // Something is still being done on the old primary's host.
        #expect(backoff.due(plan, .zero, except: { $0.id == demote.id }).steps == [other])
        // Its guard did not hold, with clients held.
        backoff.note(demote, .skipped("vm2 is not near"), .zero, jitter: 1)
        #expect(backoff.due(plan, .seconds(1), except: { _ in false }).steps == [other])
        #expect(backoff.due(plan, .seconds(20), except: { _ in false }).steps.count == 4)
    }
}
