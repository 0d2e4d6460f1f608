import ClusterModel
import Systems

/// A lost primary is replaced, or a switchover that an earlier run began is brought to its end.
struct GoOnWithChangeOfPrimary: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        let sequence = FailoverSequence(spec: view.spec, snapshot: view.snapshot)
        switch view.roles.failover {
        case .prepare(let preparation): draft.steps = sequence.preparation(preparation)
        case .catchUp(let catchUp): draft.steps = sequence.catchUp(catchUp)
        case .promote(let failover): draft.steps = sequence.promotion(failover)
        // Alone: a standby that is only stopped is started when it is known what came of this.
        case .startAgain(let node, let reason): draft.steps = sequence.startAgain(node, because: reason)
        case nil:
            guard case .forward(let switchover)? = view.roles.interrupted else { return }
            draft.steps =
                SwitchoverSequence(spec: view.spec, snapshot: view.snapshot, switchover: switchover).promotionAlone()
        }
    }
}
