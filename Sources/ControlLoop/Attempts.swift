import ClusterModel
import Execution

/// What a run has tried. A step that failed twice in it is not worth trying again; one that was done twice keeps coming back,
/// which is a mistake of ours, or somebody who undoes it. A checkpoint, say, that was done for a change of primary may fail once
/// when it is wanted for something else.
struct Attempts {
    private static let most = 2
    private var tried: [(step: Step, isDone: Bool)] = []

    mutating func note(_ step: Step, _ outcome: StepOutcome) {
        tried.append((step, outcome.isDone))
    }

    func areUsedUp(by step: Step) -> Bool {
        let same = tried.filter { $0.step.isSame(as: step) }
        return same.count { $0.isDone } >= Self.most || same.count { !$0.isDone } >= Self.most
    }
}
