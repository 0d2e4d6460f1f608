import ClusterModel
import Systems

/// A lost primary is replaced, or a switchover that an earlier run began is brought to its end.
struct GoOnWithChangeOfPrimary: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        switch view.roles.course {
        case .replace(let replacement): draft.steps = steps(replacement, view)
        case .finish(let switchover):
            draft.steps =
                SwitchoverSequence(spec: view.spec, snapshot: view.snapshot, switchover: switchover).promotionAlone()
        case .steady, .create, .undo, .undecided: return
        }
    }

    private func steps(_ replacement: Course.Replacement, _ view: PlanningView) -> [Step] {
        let sequence = FailoverSequence(spec: view.spec, snapshot: view.snapshot)
        return switch replacement {
        case .prepare(let preparation): sequence.preparation(preparation)
        case .catchUp(let catchUp): sequence.catchUp(catchUp)
        case .promote(let failover): sequence.promotion(failover)
        // Alone: a standby that is only stopped is started when it is known what came of this.
        case .startAgain(let node, let reason): sequence.startAgain(node, because: reason)
        }
    }
}
