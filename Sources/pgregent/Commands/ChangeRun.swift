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
    var audience: any Audience = TerminalAudience()
    /// The account that asks for it; for the journal.
    var asker = Places.account

    init(spec: ClusterSpec, yes: Bool, json: Bool) {
        self.spec = spec
        self.yes = yes
        self.json = json
    }

    /// Alone with the cluster on this machine; where its daemon has it, in that daemon.
    func run() async throws -> ExitStatus {
        let state = try StateDirectory(cluster: spec.cluster)
        let lease: any Lease
        switch try await LockFile(state).acquire(cluster: spec.cluster) {
        case .acquired(let ours): lease = ours
        case .heldBy(let holder): return try await hand(to: holder)
        }
        let stop = StopRequest()
        let signals = Signals(stop)
        defer { signals.cancel() }
        let doors = try RealDoors(spec)
        let status = try await change(doors, state, stop, turns: nil)
        await doors.close()
        await lease.release()
        return status
    }

    /// In a turn of the daemon's. Its plan is shown, and agreed to, beside the daemon's rounds.
    func run(in turns: Turns, _ stop: StopRequest) async throws -> ExitStatus {
        let doors = try RealDoors(spec)
        let status: Result<ExitStatus, any Error>
        do {
            status = .success(try await change(doors, try StateDirectory(cluster: spec.cluster), stop, turns: turns))
        } catch {
            status = .failure(error)
        }
        await doors.close()
        return try status.get()
    }

    private func hand(to holder: String) async throws -> ExitStatus {
        if let command = handed, let status = await DaemonsDoor(cluster: spec.cluster).hand(command) { return status }
        let remedy =
            handed == nil ? "a daemon does by itself what is to be done: see `pgregent plan`" : DaemonsDoor.remedy
        Terminal.error("pgregent: another pgregent holds cluster \(spec.cluster): \(holder); \(remedy)")
        return .clusterTaken
    }

    /// As the daemon is told of it; nil for what it does anyway.
    private var handed: HandedCommand? {
        var command = HandedCommand(kind: .switchover, account: Places.account)
        switch (request, failover) {
        case (.command(let to)?, .policy): command.to = to
        case (nil, .command(let to, let acceptDataLoss)):
            command.kind = .failover
            command.to = to
            command.acceptDataLoss = acceptDataLoss
        default: return nil
        }
        command.yes = yes
        command.json = json
        command.colour = audience.colour
        command.isInteractive = audience.isInteractive
        command.showsProgress = audience.showsProgress
        return command
    }

    private func change(
        _ doors: RealDoors, _ state: StateDirectory, _ stop: StopRequest, turns: Turns?
    ) async throws -> ExitStatus {
        let cluster = ManagedCluster(spec: spec, doors: doors)
        let planner = ClusterPlanner(cluster, failover: failover)
        let first = await planner.plan(request)
        if failover != .policy, let primary = first.primary {
            audience.tell(
                "pgregent: \(primary) takes writes: nothing is replaced. `pgregent switchover` changes a primary that lives"
            )
            return .held
        }
        if let savedPlan {
            let saved = try SavedPlan(from: savedPlan)
            if let refusal = try saved.refusal(against: first, ClusterCommands(spec), state) {
                audience.tell("pgregent: \(savedPlan) is refused: \(refusal)")
                return .savedPlanRefused
            }
            try state.markUsed(saved.serial)
        }
        let consent = try await agree(to: first, planner, inTurn: turns != nil)
        guard let turns else {
            return try await carryOut(first, planner, cluster, state, stop, consent, leavesCopies: false)
        }
        return try await inTurn(turns, first, planner, cluster, state, stop, consent)
    }

    /// What was agreed to is what is done: a plan that is another one by then is shown, and agreed to, anew.
    private func inTurn(
        _ turns: Turns, _ first: Plan, _ planner: ClusterPlanner, _ cluster: ManagedCluster, _ state: StateDirectory,
        _ stop: StopRequest, _ consent: Consent
    ) async throws -> ExitStatus {
        var consent = consent
        let commands = ClusterCommands(spec)
        var agreed = first
        while !stop.isRequested {
            let before = agreed.steps.map(commands.fingerprint)
            let turn = await turns.take { [consent] () -> Result<Turn, any Error> in
                let now = await planner.plan(request)
                guard yes || now.steps.map(commands.fingerprint) == before else { return .success(.changed(now)) }
                do {
                    return .success(
                        .done(try await carryOut(now, planner, cluster, state, stop, consent, leavesCopies: true)))
                } catch {
                    return .failure(error)
                }
            }
            switch try turn?.get() {
            case .done(let status): return status
            case .changed(let now):
                audience.tell("What is to be done has changed since it was shown:")
                consent = try await agree(to: now, planner, inTurn: true)
                agreed = now
            case nil: throw Failure("the daemon is stopping: nothing was begun")
            }
        }
        return .changesPending
    }

    private enum Turn: Sendable {
        case done(ExitStatus)
        case changed(Plan)
    }

    private func carryOut(
        _ first: Plan, _ planner: ClusterPlanner, _ cluster: ManagedCluster, _ state: StateDirectory,
        _ stop: StopRequest, _ consent: Consent, leavesCopies: Bool
    ) async throws -> ExitStatus {
        let clock = cluster.doors.clock
        let begin = clock.uptime
        let watcher = ProgressLines(spec, quiet: json, audience)
        let journal = try KillPoint.wrap(JournalFile(state, for: asker))
        let pass = PassName.new(clock)
        let report = await ReconcileOnce(
            cluster, journal: journal, watcher: watcher, stop: stop, planner: planner, request: request,
            waitsForCopies: !leavesCopies && isToWait(first), leavesCopies: leavesCopies,
            consent: consent
        )
        .run(first: first, passName: pass)
        if let held = watcher.held {
            do {
                try await journal.record(
                    JournalEntry(
                        time: clock.secondsSinceEpoch, pass: pass, step: "cluster.hold.\(spec.cluster)",
                        action: "hold", target: spec.cluster, outcome: .done, duration: held))
            } catch {
                audience.tell("pgregent: \(error)")
            }
        }
        let status = status(report, leavesCopies: leavesCopies)
        let seconds = (clock.uptime - begin).seconds
        if json {
            audience.print(
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
        reconciles && savedPlan == nil && (yes || first.applyable || audience.isInteractive)
    }

    private var reconciles: Bool { request == .preference && failover == .policy }

    /// Shows a plan, and what it makes due in its course, and asks where there is something to ask.
    private func agree(to plan: Plan, _ planner: ClusterPlanner, inTurn: Bool = false) async throws -> Consent {
        if !json { audience.print(PlanText(plan, spec, colour: audience.colour).text(diffs: false)) }
        guard !yes else { return .everything }
        let shown = Set(plan.steps.map(\.id))
        // Who has saved a plan has seen that one, and is not here any more.
        guard savedPlan == nil else { return unasked(shown, after: plan) }
        guard plan.applyable || plan.isCopying && isToWait(plan) else { return unasked(shown, after: plan) }
        guard audience.isInteractive else {
            throw Failure("there is no terminal to ask on: agree beforehand with --yes, or with a saved plan (--plan)")
        }
        let later = await planner.forecast(after: plan, request)
        if !later.isEmpty { show(later, of: plan, as: "Then, as far as can be told now:") }
        let question =
            plan.applyable
            ? "Apply these \(plan.runnable.count + later.count) steps?" : "Wait for the copy, and do then what is left?"
        guard await isAnsweredYes(question) else {
            audience.tell("Nothing was changed.")
            throw ExitStatus.changesPending
        }
        let agreed = shown.union(later.map(\.id))
        // The daemon waits for nobody's answer in one of its rounds.
        guard !inTurn else { return unasked(agreed, after: plan) }
        return .steps(agreed) { due in
            show(due.steps, of: due, as: "This has become due besides:")
            return await isAnsweredYes("Do it?")
        }
    }

    /// Nobody is there to ask. A failover that is begun is not left half-way; what else becomes due is.
    private func unasked(_ agreed: Set<StepID>, after plan: Plan) -> Consent {
        let replaces = plan.runnable.contains { $0.cause == .failover }
        return .steps(agreed) { due in
            replaces && due.steps.allSatisfy { !$0.needsConsent || agreed.contains($0.id) || $0.cause == .failover }
        }
    }

    private func isAnsweredYes(_ question: String) async -> Bool {
        let answer = await audience.ask("\(question) [y/N] ")
        return answer.map { ["y", "yes"].contains($0.lowercased()) } ?? false
    }

    private func show(_ steps: [Step], of plan: Plan, as title: String) {
        var part = plan
        (part.steps, part.findings) = (steps, [])
        audience.tell(title)
        for line in PlanText(part, spec, colour: false).body { audience.tell(line) }
    }

    private func tell(_ report: ReconcileOnce.Report, _ watcher: ProgressLines, seconds: Double) {
        for failure in report.failures {
            audience.tell("pgregent: \(failure.step.id): \(failure.outcome.words)")
        }
        let time = "\((seconds * 10).rounded() / 10) s"
        if !report.done.isEmpty || !report.failures.isEmpty {
            // The plan that was shown is over: what is left is told anew.
            if !report.plan.steps.isEmpty || !report.plan.findings.isEmpty {
                audience.print(PlanText(report.plan, spec, colour: audience.colour).text(diffs: false))
            }
            audience.print(
                "Done: \(report.done.count) steps in \(time). \(report.failures.count) failed, \(report.plan.held.count) held."
            )
        }
        if report.wasStopped { audience.tell("pgregent: stopped as asked; the next run goes on from what it finds") }
        if let held = watcher.held {
            let dropped = watcher.dropped.map { ", \($0) connection\($0 == 1 ? "" : "s") dropped" } ?? ""
            audience.print("writes held for \((held * 100).rounded() / 100) s\(dropped)")
        }
    }

    /// - Parameter leavesCopies: what is left is the daemon's, in whose turn this was.
    private func status(_ report: ReconcileOnce.Report, leavesCopies: Bool) -> ExitStatus {
        var all = [report.plan.exitStatus(pending: false)]
        if !report.failures.isEmpty { all.append(.actionFailed) }
        // A step that is still to be done and did not fail: its guard kept it back each time, or the run was stopped.
        if report.plan.applyable, !leavesCopies || !report.refused.isEmpty {
            all.append(report.wasStopped || !report.refused.isEmpty ? .changesPending : .actionFailed)
        }
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
