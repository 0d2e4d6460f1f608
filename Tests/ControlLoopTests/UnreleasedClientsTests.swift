import ClusterModel
import Execution
import Testing

@testable import ControlLoop

/// Asked to stop in the middle of a hold, pgregent lets go of whom it holds, and does no more.
@Suite struct UnreleasedClientsTests {
    private let switchover = Switchover(from: "vm1", to: "vm2")

    private func pooler(_ action: PgBouncerAction) -> Step { Step(.pgbouncer(action), on: "vm1", cause: .switchover) }

    private func follow(_ node: NodeName) -> Step {
        Step(.repmgr(.follow("vm1", now: nil, primary: "vm1")), on: node, cause: .drift)
    }

    private var change: [Step] {
        [
            Step(.postgresql(.stopReceiverForSwitchover(switchover, isNoted: true)), on: "vm3", cause: .switchover),
            pooler(.pause(["rw"], mode: .other)), pooler(.route(["rw"], to: "vm2")),
            Step(.postgresql(.follow("vm2", .switchover)), on: "vm3", cause: .switchover),
        ]
    }

    private func ended(_ outcomes: [StepOutcome]) -> UnreleasedClients {
        var hold = UnreleasedClients()
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
        let rewrite = pooler(
            .rewrite(
                PoolerRewrite(
                    file: PoolerFile(path: "/p.ini", observed: "", content: ""), changes: [], isRunning: true,
                    isTried: true, wakes: false, pools: [])))
        let resume = pooler(.resume(["rw"])).after([rewrite.id], .filesBeforePooler)
        let due = [
            rewrite, resume, follow("vm3"), follow("vm2"),
            Step(.barman(.archiveFirstSegment(from: "vm1")), on: "backup", cause: .repair),
        ]
        var hold = ended([.done, .failed("late")])
        #expect(hold.isOpen)
        let letting = hold.lettingGo(due)
        #expect(
            letting.map(\.id.description) == ["pgbouncer.rewrite.vm1", "pgbouncer.resume.vm1", "repmgr.follow.vm3"])
        hold.note(letting, Dictionary(uniqueKeysWithValues: letting.map { ($0.id, .done) }))
        #expect(!hold.isOpen)
    }

    @Test("a standby that did not go on yet is not forgotten over pools that did")
    func detached() {
        var hold = ended([.done, .failed("late")])
        let resume = pooler(.resume(["rw"]))
        hold.note([resume], [resume.id: .done])
        #expect(hold.isOpen)
        #expect(hold.lettingGo([follow("vm3")]).count == 1)
    }
}
