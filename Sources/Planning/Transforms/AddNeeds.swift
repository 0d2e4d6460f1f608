import ClusterModel
import Systems

/// What each system needs to be as the file and the roles say.
struct AddNeeds: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        draft.steps += Composition(spec: view.spec, snapshot: view.snapshot, roles: view.roles).steps()
    }
}

/// A node that is about to be stopped has nothing else to do; its pooler has.
struct LeaveFencedNodesAlone: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        draft.steps.removeAll { step in
            view.roles.fenced.contains(step.target) && !step.has(.fences) && step.action.system != .pgbouncer
        }
    }
}
