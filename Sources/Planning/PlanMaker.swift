package import ClusterModel
import PostgreSQL
package import Systems

/// cluster.yaml and a snapshot in, a plan out. Pure: the same input always gives the same plan.
package enum PlanMaker {
    /// - Parameter request: who asks for a change of primary; nil: nobody, whatever the file prefers.
    package static func plan(
        _ spec: ClusterSpec, _ snapshot: ClusterSnapshot, request: Switchover.Request? = .preference,
        failover: Failover.Request = .policy
    ) -> Plan {
        let view = PlanningView(
            DaemonLibrary.added(to: spec, snapshot), snapshot, request: request, failover: failover)
        var draft = PlanDraft(findings: view.findings)
        for transform in transforms(view) { transform.apply(view, &draft) }
        return Plan(
            cluster: spec.cluster, primary: view.roles.primaryIsToBeCreated ? nil : view.roles.primary,
            timeline: view.roles.primary.flatMap { snapshot.server($0)?.timeline },
            nodesDeclared: spec.nodes.count { $0.ensure == .present },
            nodesObserved: spec.nodes.count { $0.ensure == .present && (snapshot.host($0.name) != nil) },
            findings: draft.findings, steps: draft.steps)
    }

    /// How a plan is made: these, one after the other. Rendering comes after all of them.
    private static func transforms(_ view: PlanningView) -> [any PlanTransform] {
        if view.hasOldRecords { return [CarryOverOldRecords(), HoldUnsafeSteps()] }
        if view.roles.isChangingPrimary { return [GoOnWithChangeOfPrimary(), HoldUnsafeSteps()] }
        return [
            AddNeeds(), HoldClientsForRestart(), LeaveFencedNodesAlone(), AddDecisions(), OrderBetweenSystems(),
            AddSwitchover(), HoldUnsafeSteps(),
        ]
    }
}

/// One named change of a plan that is being made.
protocol PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft)
}

/// A plan that is being made.
struct PlanDraft {
    var findings: [Finding]
    var steps: [Step] = []
}

/// What a plan rests on, each worked out once.
struct PlanningView {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let roles: Roles
    let request: Switchover.Request?
    let findings: [Finding]
    /// Those of them that are of a node's own data, programs and server.
    let ofNodes: [NodeName: [Finding]]

    init(
        _ spec: ClusterSpec, _ snapshot: ClusterSnapshot, request: Switchover.Request?, failover: Failover.Request
    ) {
        self.spec = spec
        self.snapshot = snapshot
        self.request = request
        roles = RoleAssignment.assign(spec, snapshot, failover: failover)
        let diagnosis = Diagnosis(spec, snapshot, roles: roles)
        ofNodes = diagnosis.nodes()
        findings = diagnosis.findings(ofNodes)
    }
}

extension PlanningView {
    /// An earlier version has left what it remembered on a host.
    fileprivate var hasOldRecords: Bool {
        spec.dataNodes.contains { snapshot.host($0.name)?.oldRecords.isEmpty == false }
    }
}
