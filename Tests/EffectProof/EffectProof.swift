import ClusterModel
import ControlLoop
import Execution
import HostAccess
import Systems

/// Does steps on real hosts, one at a time, and holds `effect(before)` against what is observed afterwards.
actor EffectProof: StepPerformer {
    private let spec: ClusterSpec
    private let observer: ClusterObserver
    private let steps: HostSteps
    private let clock: any WallClock
    /// The step that is being done; the next one waits for it.
    private var last: Task<StepOutcome, Never>?
    private(set) var differing = 0

    /// What PostgreSQL does by itself (a receiver that connects, a slot that becomes active) has come about by then.
    private static let patience = Duration.seconds(8)

    init(_ spec: ClusterSpec, _ observer: ClusterObserver, _ doors: any Doors) {
        self.spec = spec
        self.observer = observer
        clock = doors.clock
        steps = HostSteps(spec: spec, commands: ClusterCommands(spec), doors: doors)
    }

    func perform(_ step: Step, _ watcher: any ExecutionWatcher) async -> StepOutcome {
        let before = last
        let task = Task {
            _ = await before?.value
            return await self.prove(step, watcher)
        }
        last = task
        return await task.value
    }

    private func prove(_ step: Step, _ watcher: any ExecutionWatcher) async -> StepOutcome {
        var predicted = await observer.observe()
        let unheld = step.preconditions.filter { !$0.holds(in: predicted, spec) }
        let outcome = await steps.perform(step, watcher)
        guard outcome.isDone else {
            print("\(step.id): \(outcome)")
            return outcome
        }
        var complaints = unheld.map {
            "precondition held on the host, and not in the observation: \($0.sentence(spec))"
        }
        ClusterEffect(spec).apply(step, to: &predicted)
        complaints += await disagreements(step, predicted)
        if !complaints.isEmpty { differing += 1 }
        print(complaints.isEmpty ? "\(step.id): agrees" : "\(step.id): DIFFERS")
        for complaint in complaints { print("    \(complaint)") }
        return outcome
    }

    private func disagreements(_ step: Step, _ predicted: ClusterSnapshot) async -> [String] {
        let end = clock.uptime + Self.patience
        while true {
            let after = await observer.observe()
            let view = ObservedView(spec).settled(predicted)
            var differences = ObservedView(spec).differences(predicted: view, observed: after)
            differences += step.postconditions.filter { !$0.holds(in: after, spec) }.map {
                "postcondition held on the host, and not in the observation: \($0.sentence(spec))"
            }
            if differences.isEmpty || clock.uptime > end { return differences }
            do { try await clock.sleep(for: .milliseconds(400)) } catch { return differences }
        }
    }
}
