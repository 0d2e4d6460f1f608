import ClusterModel
import Execution

/// What a run has tried. A step that failed twice in it is not worth trying again; one that was done twice keeps coming back,
/// which is a mistake of ours, or somebody who undoes it. A checkpoint, say, that was done for a change of primary may fail once
/// when it is wanted for something else.
struct Attempts {
    private static let most = 2
    private var done: [String: Int] = [:]
    private var failed: [String: Int] = [:]

    mutating func note(_ step: Step, _ outcome: StepOutcome) {
        if outcome.isDone {
            done[step.fingerprint, default: 0] += 1
        } else {
            failed[step.fingerprint, default: 0] += 1
        }
    }

    func areUsedUp(by step: Step) -> Bool {
        done[step.fingerprint, default: 0] >= Self.most || failed[step.fingerprint, default: 0] >= Self.most
    }
}
