package import ClusterModel
package import Execution
import HostAccess
import Planning

/// Observes, plans and applies until nothing is left to do or nothing more can be done.
package struct ReconcileOnce: Sendable {
    private let cluster: ManagedCluster
    private let journal: any JournalSink
    private let watcher: any PassWatcher
    private let stop: StopRequest
    private let request: Switchover.Request?
    private let waitsForCopies: Bool
    private let leavesCopies: Bool
    private let planner: ClusterPlanner
    private let consent: Consent

    /// A run ends by itself: steps that keep coming back are a mistake of ours, or somebody who undoes them.
    private static let maximumPasses = 12

    /// Between two observations while a copy is waited for.
    private static let patience = Duration.seconds(1)
    /// For how long nothing must have changed after a copy; a step that follows another begins within a second or two.
    private static let stillness = Duration.seconds(10)

    /// - Parameters:
    ///   - waitsForCopies: a copy that an earlier run, or another pgregent, has begun, and that is still at work, is
    ///     waited for when nothing else is left to do; and then the run goes on. Like a copy of its own it has no time limit.
    ///   - leavesCopies: what copies data, and what waits for that, is left to the daemon in whose turn this run is.
    package init(
        _ cluster: ManagedCluster, journal: any JournalSink, watcher: any PassWatcher, stop: StopRequest,
        planner: ClusterPlanner, request: Switchover.Request? = .preference, waitsForCopies: Bool = false,
        leavesCopies: Bool = false, consent: Consent = .everything
    ) {
        self.consent = consent
        self.waitsForCopies = waitsForCopies
        self.leavesCopies = leavesCopies
        self.planner = planner
        self.request = request
        self.cluster = cluster
        self.journal = journal
        self.watcher = watcher
        self.stop = stop
    }

    /// How a run ended.
    package struct Report: Sendable {
        /// What is still to be done, or held, at the end.
        package var plan: Plan
        /// What was done, in the order in which it ended.
        package var done: [Step]
        /// Steps that failed and were not made good afterwards.
        package var failures: [(step: Step, outcome: StepOutcome)]
        package var wasStopped: Bool
        /// Due, and not agreed to.
        package var refused: Set<StepID>
    }

    /// - Parameter first: the plan that was shown and agreed to; it is done first, as it was shown.
    package func run(first: Plan?, passName: String) async -> Report {
        var attempts = Attempts()
        var done: [Step] = []
        var failures: [StepID: (step: Step, outcome: StepOutcome)] = [:]
        var next = first
        var advanced = false
        var request = request
        var plan = Plan(
            cluster: cluster.spec.cluster, primary: nil, timeline: nil, nodesDeclared: 0, nodesObserved: 0,
            findings: [], steps: [])
        // Asked to stop in the middle of a hold that did not end, a run goes on until clients are let go.
        var hold = UnreleasedClients()
        var agreed = Agreed(consent)
        for pass in 1...Self.maximumPasses {
            if let agreed = next { plan = agreed } else { plan = await look(request) }
            next = nil
            if waitsForCopies, plan.isCopying { plan = await afterCopies(plan, request, attempts) }
            var due = self.due(plan, attempts)
            let isLettingGo = stop.isRequested
            if isLettingGo {
                due.steps = hold.lettingGo(due.steps)
            } else {
                due = await agreed.part(of: due, mayAsk: !hold.isOpen)
            }
            guard !due.steps.isEmpty else { break }
            if pass > 1, advanced { watcher.continued(with: due) }
            let outcomes = await cluster.runner(journal: journal, watcher: watcher, stop: stop)
                .run(due, pass: "\(passName).\(pass)", held: hold.isOpen, lettingGo: isLettingGo)
            hold.note(due.steps, outcomes)
            advanced = outcomes.values.contains(.done)
            for step in due.steps {
                guard let outcome = outcomes[step.id] else { continue }
                attempts.note(step, outcome)
                failures[step.id] = nil
                switch outcome {
                case .done: done.append(step)
                // A guard kept the change of primary back: it was asked for, and has not come.
                case .skipped where request != nil && step.cause == .switchover: failures[step.id] = (step, outcome)
                case .skipped: break
                case .failed, .unknown, .stopped: failures[step.id] = (step, outcome)
                }
            }
            if pass == Self.maximumPasses || stop.isRequested { plan = await look(request) }
            // Clients are not held a second time in one run: a change of primary is tried once, then undone or finished.
            if due.steps.contains(where: { $0.cause == .switchover }) { request = nil }
        }
        // A failed change of primary is over, and its steps are not due any more: it failed all the same.
        let left = Set(plan.steps.map(\.id)).union(
            failures.values.filter { $0.step.cause == .switchover }.map(\.step.id))
        return Report(
            plan: plan, done: done,
            failures: failures.values.filter { left.contains($0.step.id) }.sorted { $0.step.id < $1.step.id },
            wasStopped: stop.isRequested, refused: agreed.refused)
    }

    /// What is worth trying, and waits for nothing that is not.
    private func due(_ plan: Plan, _ attempts: Attempts) -> Plan {
        var due = plan
        due.steps = []
        var left = Set(plan.steps.filter { $0.heldBy != nil }.map(\.id))
        for step in plan.runnable {
            if !attempts.areUsedUp(by: step), !step.waits(for: left), !(leavesCopies && step.has(.copiesData)) {
                due.steps.append(step)
            } else {
                left.insert(step.id)
            }
        }
        return due
    }

    /// Looks until no copy is at work any more, or there is something to do beside it.
    ///
    /// Where another pgregent made the copy, it goes on after it, and between two of its steps nothing says so: what is there
    /// counts as left behind when it has stood still for a while.
    private func afterCopies(_ first: Plan, _ request: Switchover.Request?, _ attempts: Attempts) async -> Plan {
        var plan = first
        var since: Duration?
        while !stop.isRequested {
            let (now, before) = (cluster.doors.clock.uptime, plan.steps)
            if plan.isCopying {
                guard due(plan, attempts).steps.isEmpty else { break }
                watcher.waits(for: plan.findings.filter { $0.code == .cloneRunning })
                since = nil
            } else if plan.steps.isEmpty || since.map({ now - $0 >= Self.stillness }) ?? false {
                break
            } else {
                since = since ?? now
            }
            do { try await cluster.doors.clock.sleep(for: Self.patience) } catch { break }
            plan = await look(request)
            if !plan.steps.elementsEqual(before, by: { $0.isSame(as: $1) }) { since = nil }
        }
        return plan
    }

    private func look(_ request: Switchover.Request?) async -> Plan {
        await planner.plan(request)
    }
}

/// Who wants to see a run as it goes.
package protocol PassWatcher: ExecutionWatcher {
    /// What was done has made more to do.
    func continued(with plan: Plan)
    /// Nothing is left to do until these have ended; told again at every observation.
    func waits(for copies: [Finding])
}
