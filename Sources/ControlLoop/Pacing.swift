import ClusterModel
import Execution

/// When a step that keeps failing is tried again: later each time, so that a target that cannot be helped is not
/// hammered. Forgotten when the step itself changes, and with the file.
struct Pacing: Sendable {
    private struct Failure {
        var count = 0
        var notBefore = Duration.zero
    }

    private let interval: Duration
    private var failures: [String: Failure] = [:]
    private static let longest = Duration.seconds(300)

    init(interval: Duration) {
        self.interval = interval
    }

    /// The plan without what has failed lately or is not to be begun for another reason, and without what waits for that.
    func due(_ plan: Plan, _ now: Duration, except: (Step) -> Bool) -> Plan {
        var due = plan
        var left: Set<String> = []
        due.steps = plan.steps.filter { step in
            let rests = failures[step.fingerprint].map { $0.notBefore > now } ?? false
            guard step.heldBy == nil, !rests, !except(step), step.after.isDisjoint(with: left) else {
                left.insert(step.id)
                return false
            }
            return true
        }
        return due
    }

    /// - Parameter jitter: between 0 and 1: two pgregents that failed together do not come back together.
    mutating func note(_ step: Step, _ outcome: StepOutcome, _ now: Duration, jitter: Double) {
        switch outcome {
        case .done: failures[step.fingerprint] = nil
        case .skipped, .stopped: break
        case .failed, .unknown:
            var failure = failures[step.fingerprint] ?? Failure()
            failure.count = min(failure.count + 1, 16)
            let pause = min(interval * (1 << failure.count), Self.longest)
            failure.notBefore = now + pause * (0.5 + jitter / 2)
            failures[step.fingerprint] = failure
        }
    }
}
