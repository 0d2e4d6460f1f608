import Foundation
import Testing

extension LabTests.Planned.Switchovers {
    /// One death of pgregent: `before:STEP`, `during:STEP` or `after:STEP`.
    struct Death: CustomStringConvertible {
        var moment: String
        var step: PlanReport.Step
        var description: String { "\(moment):\(step.id)" }
    }

    @Test(
        "Killed before, during and after every step, the next run finishes or undoes it, and nothing is lost"
    )
    func crashMatrix() async throws {
        let lab = try Lab.current()
        let files = ["vm1": try await lab.prefer("vm1"), "vm2": try await lab.prefer("vm2")]
        var primary = "vm1"
        var turns = [primary]
        var done: [String] = []
        // Every place a run may end, numbered through by the plan's own order; both directions have the same actions.
        let moments = ["before", "during", "after"]
        let count = try await lab.plan(file: files["vm2"]).runnable.count * moments.count
        let chosen = (0..<count).filter { Self.isChosen($0) }
        #expect(count >= 30, "the plan has hardly any steps")
        let roles = try await RoleSampler.start(lab)
        try await lab.tableForWriters()
        for index in chosen {
            let target = primary == "vm1" ? "vm2" : "vm1"
            let file = files[target]
            let steps = try await lab.plan(file: file).steps
            try #require(index / moments.count < steps.count, "\(target): \(steps.map(\.id))")
            let death = Death(moment: moments[index % moments.count], step: steps[index / moments.count])
            done.append(death.description)
            try await lab.survives(death, file: file, target: target)
            turns.append(target)
            primary = target
        }
        if primary == "vm2" {
            try await lab.movesBack()
            turns.append("vm1")
        }
        #expect(try await roles.stop() == turns, "who took writes, in turn; killed at \(done)")
        try await lab.expectConverged(file: files["vm1"])
    }

    /// A sixth of all, another one each day (LAB_SIXTH=0 to 5 names one), unless LAB_FULL asks for all: of every second
    /// step one moment.
    private static func isChosen(_ index: Int) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        guard environment["LAB_FULL"] == nil else { return true }
        let sixth = environment["LAB_SIXTH"].flatMap { Int($0) } ?? Int(Date().timeIntervalSince1970 / 86400) % 6
        let (step, moment) = (index / 3, index % 3)
        return step % 2 == sixth / 3 && (step + moment) % 3 == sixth % 3
    }
}

extension Lab {
    /// One row of the matrix. Clients of a dead pgregent wait; the next run must let them go.
    func survives(_ death: LabTests.Planned.Switchovers.Death, file: String?, target: String) async throws {
        let writer = try await Writer.start(self, through: "vm3")
        let killed = try await exec(
            "controller", as: "operator",
            [
                "env", "PGREGENT_KILL_AT=\(death)", "pgregent", "reconcile", "--once", "--yes", "-f",
                file ?? "cluster.yaml",
            ])
        #expect(killed.code == 137, "\(death) was not reached: \(killed.everything)")
        // What was begun on a host may still run there: a second run may be needed, as for any interrupted run.
        let begin = ContinuousClock.now
        var outcome = try await reconcile(file: file)
        if outcome.code == 6 || outcome.code == 3 { outcome = try await reconcile(file: file) }
        #expect(outcome.code == 0, "\(death): \(outcome.everything)")
        #expect(ContinuousClock.now - begin < .seconds(60), "\(death)")
        let report = try await writer.stop()
        #expect(report.lost.isEmpty, "\(death): acknowledged and gone: \(report)")
        #expect(report.rows > 10, "\(death): \(report)")
        let status = try await status(file: file)
        #expect(status.primary == target && status.converged, "\(death): \(status)")
        #expect(
            status.pgbouncer.allSatisfy { $0.paused == false && $0.correct == true }, "\(death): \(status.pgbouncer)")
        let plan = try await plan(file: file)
        #expect(plan.ids.isEmpty, "\(death): \(plan.ids)")
    }
}
