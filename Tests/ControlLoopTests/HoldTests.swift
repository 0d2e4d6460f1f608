import ClusterModel
import Execution
import Testing

@testable import ControlLoop

/// Asked to stop in the middle of a hold, pgregent lets go of whom it holds, and does no more.
@Suite struct HoldTests {
    private func step(_ reconciler: String, _ action: String, _ target: NodeName, waits: Bool = true) -> Step {
        var step = Step(
            reconciler, action, target, .change, cause: .switchover, summary: "", reason: "", operations: [])
        step.clientsWait = waits
        return step
    }

    private var change: [Step] {
        [
            step("postgresql", "detach", "vm3"), step("pgbouncer", "pause", "vm1"),
            step("pgbouncer", "route", "vm1"), step("postgresql", "attach", "vm3"),
        ]
    }

    private func ended(_ outcomes: [StepOutcome]) -> Hold {
        var hold = Hold()
        hold.note(change, Dictionary(uniqueKeysWithValues: zip(change.map(\.id), outcomes)))
        return hold
    }

    @Test("a change that was not begun, or is done, holds nobody")
    func nobody() {
        #expect(!ended([]).isOpen)
        #expect(!ended([.done, .done, .done, .done]).isOpen)
    }

    @Test("pools that are left paused are let go, with what that waits for, and a standby goes on")
    func letGo() {
        var resume = step("pgbouncer", "resume", "vm1")
        resume.after = ["pgbouncer.rewrite.vm1"]
        let due = [
            step("pgbouncer", "rewrite", "vm1", waits: false), resume,
            step("repmgr", "follow", "vm3", waits: false), step("repmgr", "follow", "vm2", waits: false),
            step("barman", "receive", "backup", waits: false),
        ]
        var hold = ended([.done, .failed("late")])
        #expect(hold.isOpen)
        let letting = hold.lettingGo(due)
        #expect(letting.map(\.id) == ["pgbouncer.rewrite.vm1", "pgbouncer.resume.vm1", "repmgr.follow.vm3"])
        #expect(!letting.contains { !$0.clientsWait })
        hold.note(letting, Dictionary(uniqueKeysWithValues: letting.map { ($0.id, .done) }))
        #expect(!hold.isOpen)
    }

    @Test("a standby that did not go on yet is not forgotten over pools that did")
    func detached() {
        var hold = ended([.done, .failed("late")])
        let resume = step("pgbouncer", "resume", "vm1")
        hold.note([resume], [resume.id: .done])
        #expect(hold.isOpen)
        #expect(hold.lettingGo([step("repmgr", "follow", "vm3", waits: false)]).count == 1)
    }
}
