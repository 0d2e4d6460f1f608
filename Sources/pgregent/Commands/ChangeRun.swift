import ClusterModel
import ControlLoop
import Execution
import FoundationEssentials
import HostAccess
import Planning
import RealDoors
import Rendering
import Systems

/// One run of a command that changes things: observe, show the plan, ask, do it, tell.
struct ChangeRun {
    let spec: ClusterSpec
    let yes: Bool
    let json: Bool
    var savedPlan: String?
    var request: Switchover.Request? = .preference
    var failover = Failover.Request.policy

    init(spec: ClusterSpec, yes: Bool, json: Bool) {
        self.spec = spec
        self.yes = yes
        self.json = json
    }

    func run() async throws -> ExitStatus {
        let state = try StateDirectory(cluster: spec.cluster)
        let lease: any Lease
        switch try await LockFile(state).acquire(cluster: spec.cluster) {
        case .acquired(let ours): lease = ours
        case .heldBy(let holder):
            Terminal.error("pgregent: another pgregent holds cluster \(spec.cluster): \(holder)")
            throw ExitStatus.clusterTaken
        }
        let doors = try RealDoors(spec)
        let status = try await change(doors, state)
        await doors.close()
        await lease.release()
        return status
    }

    private func change(_ doors: RealDoors, _ state: StateDirectory) async throws -> ExitStatus {
        let cluster = ManagedCluster(spec: spec, doors: doors)
        let planner = ClusterPlanner(cluster, failover: failover)
        let first = await planner.plan(request)
        if failover != .policy, let primary = first.primary {
            Terminal.error(
                "pgregent: \(primary) takes writes: nothing is replaced. `pgregent switchover` changes a primary that lives"
            )
            return .held
        }
        if let savedPlan {
            let saved = try SavedPlan(from: savedPlan)
            if let refusal = try saved.refusal(against: first, ClusterCommands(spec), state) {
                Terminal.error("pgregent: \(savedPlan) is refused: \(refusal)")
                return .savedPlanRefused
            }
            try state.markUsed(saved.serial)
        }
        if !json { Terminal.print(PlanText(first, spec, colour: Terminal.colour).text(diffs: false)) }
        if first.applyable || first.isCopying && isToWait(first) { try agree(to: first) }
        let stop = StopRequest()
        let signals = Signals(stop)
        defer { signals.cancel() }
        let begin = doors.clock.uptime
        let watcher = ProgressLines(spec, quiet: json)
        let journal = try KillPoint.wrap(JournalFile(state))
        let pass = PassName.new(doors.clock)
        let report = await ReconcileOnce(
            cluster, journal: journal, watcher: watcher, stop: stop, planner: planner, request: request,
            waitsForCopies: isToWait(first)
        )
        .run(first: first, passName: pass)
        if let held = watcher.held {
            do {
                try await journal.record(
                    JournalEntry(
                        time: doors.clock.secondsSinceEpoch, pass: pass, step: "cluster.hold.\(spec.cluster)",
                        action: "hold", target: spec.cluster, outcome: .done, duration: held))
            } catch {
                Terminal.error("pgregent: \(error)")
            }
        }
        let status = status(report)
        let seconds = (doors.clock.uptime - begin).seconds
        if json {
            Terminal.print(
                ReportJSON(report, spec, seconds: seconds, held: watcher.held, dropped: watcher.dropped, status: status)
                    .text)
        } else {
            tell(report, watcher, seconds: seconds)
        }
        return status
    }

    /// To bring the cluster to what is declared includes a copy that somebody else has begun. Nobody is asked again after
    /// it, so who did not agree to go on then does not wait.
    private func isToWait(_ first: Plan) -> Bool {
        reconciles && savedPlan == nil && (yes || first.applyable || Terminal.isInteractive)
    }

    private var reconciles: Bool { request == .preference && failover == .policy }

    private func agree(to plan: Plan) throws {
        guard !yes, savedPlan == nil else { return }
        guard Terminal.isInteractive else {
            throw Failure("there is no terminal to ask on: agree beforehand with --yes, or with a saved plan (--plan)")
        }
        let question =
            plan.applyable
            ? "Apply these \(plan.runnable.count) steps?" : "Wait for the copy, and do then what is left?"
        Terminal.error("\(question) [y/N] ", terminator: "")
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            Terminal.error("Nothing was changed.")
            throw ExitStatus.changesPending
        }
    }

    private func tell(_ report: ReconcileOnce.Report, _ watcher: ProgressLines, seconds: Double) {
        for failure in report.failures {
            Terminal.error("pgregent: \(failure.step.id): \(failure.outcome.words)")
        }
        let time = "\((seconds * 10).rounded() / 10) s"
        if !report.done.isEmpty || !report.failures.isEmpty {
            // The plan that was shown is over: what is left is told anew.
            if !report.plan.steps.isEmpty || !report.plan.findings.isEmpty {
                Terminal.print(PlanText(report.plan, spec, colour: Terminal.colour).text(diffs: false))
            }
            Terminal.print(
                "Done: \(report.done.count) steps in \(time). \(report.failures.count) failed, \(report.plan.held.count) held."
            )
        }
        if report.wasStopped { Terminal.error("pgregent: stopped as asked; the next run goes on from what it finds") }
        if let held = watcher.held {
            let dropped = watcher.dropped.map { ", \($0) connection\($0 == 1 ? "" : "s") dropped" } ?? ""
            Terminal.print("writes held for \((held * 100).rounded() / 100) s\(dropped)")
        }
    }

    private func status(_ report: ReconcileOnce.Report) -> ExitStatus {
        var all = [report.plan.exitStatus(pending: false)]
        if !report.failures.isEmpty { all.append(.actionFailed) }
        // A step that is still to be done and did not fail: its guard kept it back each time, or the run was stopped.
        if report.plan.applyable { all.append(report.wasStopped ? .changesPending : .actionFailed) }
        if reconciles, report.plan.isCopying { all.append(.changesPending) }
        return .mostSerious(all)
    }
}

extension StepOutcome {
    var words: String {
        switch self {
        case .done: "done"
        case .skipped(let message): "not done, \(message)"
        case .failed(let message): message
        case .unknown(let message): "unknown outcome, \(message)"
        case .stopped: "stopped"
        }
    }
}
