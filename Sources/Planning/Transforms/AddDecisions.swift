import ClusterModel
import Systems

/// What has to be decided before anything that depends on a primary can be done; shown as held steps.
struct AddDecisions: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        if case .undecided(let reason) = view.roles.course { draft.steps.append(primary(view, reason)) }
        guard let primary = view.roles.primary else { return }
        draft.steps += rejoins(view, primary)
    }

    private func primary(_ view: PlanningView, _ reason: Step.Hold) -> Step {
        let lost = PrimaryLoss(view.spec, view.snapshot)
        let decision: Decision =
            lost == nil ? .namePrimary(reason: reason.reason) : .replacePrimary(reason: reason.reason)
        var step = Step(
            .decision(decision), on: lost?.node ?? view.spec.cluster, cause: lost == nil ? .repair : .failover)
        step.heldBy = reason
        return step
    }

    /// Stopped former primaries that do not come back by themselves.
    private func rejoins(_ view: PlanningView, _ primary: NodeName) -> [Step] {
        let (spec, snapshot) = (view.spec, view.snapshot)
        let foreign = Set(view.findings.filter { $0.code == .foreignSystemIdentifier }.map(\.subject))
        return spec.dataNodes.filter { node in
            node.name != primary && RoleAssignment.formerPrimary(node, snapshot) && !foreign.contains(node.name)
                && !RoleAssignment.mayRejoin(node, spec, snapshot, primary: primary)
        }.map { node in
            var step = Step(.decision(.rejoin), on: node.name, cause: .failover)
            step.heldBy = Step.Hold(.failoverRejoin, reason(node.name, view, primary))
            return step
        }
    }

    private func reason(_ node: NodeName, _ view: PlanningView, _ primary: NodeName) -> String {
        if view.spec.failover.rejoin == .never { return "failover.rejoin is never" }
        return RoleAssignment.isNamed(node, asReplacedBy: primary, view.snapshot)
            ? "it and \(primary) were promoted to the same timeline, which a rewind cannot tell apart: failover.rejoin clone, or empty its data directory, to have it cloned"
            : "pgregent did not replace it, and what it holds may count: `repmgr node rejoin`, or empty its data directory to have it cloned"
    }
}
