import ArgumentParser
import ClusterModel
import ControlLoop
import Planning
import RealDoors
import Rendering

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Observe, and print what would change and why; change nothing.")

    @OptionGroup var file: FileOption
    @Option(help: "Also save the plan, for `reconcile --once --plan`.") var out: String?
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Show changed files as unified diffs.") var diff = false
    @Flag(help: "Exit with 2 when changes are pending.") var detailedExitcode = false

    func run() async throws {
        let spec = try file.spec()
        let doors = try RealDoors(spec)
        let snapshot = await ClusterObserver(spec: spec, doors: doors).observe()
        let plan = PlanMaker.plan(spec, snapshot)
        await doors.close()
        if let out { try SavedPlan(plan, spec).write(to: out) }
        if json {
            Terminal.print(PlanJSON(plan, spec).text)
        } else {
            Terminal.print(PlanText(plan, spec, colour: Terminal.colour).text(diffs: diff))
        }
        throw plan.exitStatus(pending: detailedExitcode)
    }
}

extension Plan {
    /// - Parameter pending: whether changes that wait to be made count, and a copy that is being made.
    func exitStatus(pending: Bool) -> ExitStatus {
        var all: [ExitStatus] = []
        if !complete { all.append(.incomplete) }
        if isHeld { all.append(.held) }
        if pending, !steps.isEmpty || isCopying { all.append(.changesPending) }
        return .mostSerious(all)
    }
}
