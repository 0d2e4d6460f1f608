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
        let spec = DaemonLibrary.added(to: spec, snapshot)
        let roles = RoleAssignment.assign(spec, snapshot, failover: failover)
        let diagnosis = Diagnosis(spec, snapshot, roles: roles)
        let ofNodes = diagnosis.nodes()
        var findings = diagnosis.findings(ofNodes)
        // A node that is about to be stopped has nothing else to do.
        let composed =
            HeldRestart(spec: spec, snapshot: snapshot, roles: roles).applied(
                to: Composition(spec: spec, snapshot: snapshot, roles: roles).steps()
            ).filter { step in
                !roles.fenced.contains(step.target) || step.has(.fences) || step.action.system == .pgbouncer
            }
            + heldDecisions(spec, snapshot, roles, findings)
        var ordered = OrderingRules(spec: spec, roles: roles).ordered(composed)
        if let stage = roles.failover {
            let sequence = FailoverSequence(spec: spec, snapshot: snapshot)
            switch stage {
            case .prepare(let preparation): ordered = sequence.preparation(preparation)
            case .catchUp(let catchUp): ordered = sequence.catchUp(catchUp)
            case .promote(let failover): ordered = sequence.promotion(failover)
            }
        } else if case .forward(let switchover)? = roles.interrupted {
            ordered = SwitchoverSequence(spec: spec, snapshot: snapshot, switchover: switchover).promotionAlone()
        } else if let request,
            let (steps, found) = self.switchover(spec, snapshot, roles, request, findings, pending: ordered)
        {
            ordered += steps
            findings += found
        }
        let gates = SafetyGates(
            spec: spec, snapshot: snapshot, roles: roles, findings: findings, ofNodes: ofNodes)
        let gated = gates.applied(ordered)
        return Plan(
            cluster: spec.cluster, primary: roles.primaryIsToBeCreated ? nil : roles.primary,
            timeline: roles.primary.flatMap { snapshot.server($0)?.timeline },
            nodesDeclared: spec.nodes.count { $0.ensure == .present },
            nodesObserved: spec.nodes.count { $0.ensure == .present && (snapshot.host($0.name) != nil) },
            findings: findings, steps: gated)
    }

    /// A change of primary that is asked for: its steps when nothing stands against it, and otherwise why not. It begins
    /// from a cluster that is as declared: what else is to be done is done first, and the next plan goes on.
    private static func switchover(
        _ spec: ClusterSpec, _ snapshot: ClusterSnapshot, _ roles: Roles, _ request: Switchover.Request,
        _ findings: [Finding], pending: [Step]
    ) -> ([Step], [Finding])? {
        guard let primary = roles.primary, !roles.primaryIsToBeCreated else { return nil }
        let preflight = SwitchoverPreflight(spec: spec, snapshot: snapshot, primary: primary)
        let unseen = findings.filter { $0.severity != .notice }.map { "\($0.subject): \($0.code.rawValue)" }
        let target: NodeName
        switch preflight.wish(request) {
        case .stay: return nil
        case .nobody(let objections): return refused(from: primary, to: nil, unseen + objections)
        case .move(let name):
            target = name
            let objections = unseen + preflight.objections(to: target)
            guard objections.isEmpty else { return refused(from: primary, to: target, objections) }
        }
        guard pending.isEmpty else {
            return (
                [],
                [
                    Finding(
                        .switchoverPending, target,
                        evidence: ["\(primary) -> \(target) follows when the steps below are done"])
                ]
            )
        }
        let warnings = preflight.warnings
        let told = warnings.isEmpty ? [] : [Finding(.switchoverPending, target, evidence: warnings)]
        return (
            SwitchoverSequence(spec: spec, snapshot: snapshot, switchover: Switchover(from: primary, to: target))
                .steps(),
            told
        )
    }

    private static func refused(from primary: NodeName, to target: NodeName?, _ objections: [String])
        -> ([Step], [Finding])
    {
        var step = Step(
            .decision(.switchover(from: primary, to: target)), on: target ?? primary, cause: .switchover)
        step.heldBy = Step.Hold(.switchover, objections.joined(separator: "; "))
        let finding = Finding(
            .switchoverRefused, target ?? primary, evidence: objections,
            remedy: "nothing is touched while one of these stands", severity: .blocking)
        return ([step], [finding])
    }

    /// What has to be decided before anything that depends on a primary can be done; shown as held steps.
    private static func heldDecisions(
        _ spec: ClusterSpec, _ snapshot: ClusterSnapshot, _ roles: Roles, _ findings: [Finding]
    ) -> [Step] {
        var steps: [Step] = []
        if let reason = roles.reason {
            let lost = PrimaryLoss(spec, snapshot)
            let decision: Decision =
                lost == nil ? .namePrimary(reason: reason.reason) : .replacePrimary(reason: reason.reason)
            var step = Step(
                .decision(decision), on: lost?.node ?? spec.cluster, cause: lost == nil ? .repair : .failover)
            step.heldBy = reason
            steps.append(step)
        }
        guard roles.primary != nil, roles.interrupted == nil else { return steps }
        let foreign = Set(findings.filter { $0.code == .foreignSystemIdentifier }.map(\.subject))
        for node in spec.dataNodes
        where node.name != roles.primary && RoleAssignment.formerPrimary(node, snapshot) && !foreign.contains(node.name)
            && !RoleAssignment.mayRejoin(node, spec, snapshot, primary: roles.primary ?? "")
        {
            var step = Step(.decision(.rejoin), on: node.name, cause: .failover)
            step.heldBy = Step.Hold(
                .failoverRejoin,
                spec.failover.rejoin == .never
                    ? "failover.rejoin is never"
                    : RoleAssignment.isNamed(node.name, asReplacedBy: roles.primary ?? "", snapshot)
                        ? "it and \(roles.primary ?? "") were promoted to the same timeline, which a rewind cannot tell apart: failover.rejoin clone, or empty its data directory, to have it cloned"
                        : "pgregent did not replace it, and what it holds may count: `repmgr node rejoin`, or empty its data directory to have it cloned"
            )
            steps.append(step)
        }
        return steps
    }
}
