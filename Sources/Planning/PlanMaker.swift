package import ClusterModel
import PostgreSQL

/// cluster.yaml and a snapshot in, a plan out. Pure: the same input always gives the same plan.
package enum PlanMaker {
    package static func plan(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Plan {
        let findings = Diagnosis(spec, snapshot).findings()
        let roles = RoleAssignment.assign(spec, snapshot)
        let composed = Composition(spec: spec, snapshot: snapshot, roles: roles).steps() + heldDecisions(spec, snapshot, roles, findings)
        let ordered = OrderingRules(spec: spec, roles: roles).ordered(composed)
        let gated = SafetyGates(spec: spec, snapshot: snapshot, roles: roles, findings: findings).applied(ordered)
        return Plan(
            cluster: spec.cluster, primary: roles.primaryIsToBeCreated ? nil : roles.primary,
            timeline: roles.primary.flatMap { snapshot.server($0)?.timeline },
            nodesDeclared: spec.nodes.count { $0.ensure == .present },
            nodesObserved: spec.nodes.count { $0.ensure == .present && (snapshot.host($0.name) != nil) },
            findings: findings, steps: gated)
    }

    /// What has to be decided before anything that depends on a primary can be done; shown as held steps.
    private static func heldDecisions(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot, _ roles: Roles, _ findings: [Finding]) -> [Step] {
        var steps: [Step] = []
        if let reason = roles.reason {
            let lost = findings.first { [.primaryDead, .primaryStopped, .primaryUnreachable].contains($0.code) }
            var step = Step(
                "cluster", lost == nil ? "decide" : "failover", lost?.subject ?? spec.cluster, .change,
                cause: lost == nil ? .repair : .failover, summary: lost == nil ? "name the primary" : "replace the primary",
                reason: reason.reason, operations: [])
            let mode = "failover.mode is \(spec.failover.mode.rawValue), and this version leaves the promotion to a person"
            step.heldBy = lost == nil ? reason : Step.Hold(rule: "failover.mode", reason: mode)
            steps.append(step)
        }
        guard roles.primary != nil else { return steps }
        let foreign = Set(findings.filter { $0.code == .foreignSystemIdentifier }.map(\.subject))
        for node in spec.dataNodes where node.name != roles.primary && RoleAssignment.formerPrimary(node, snapshot) && !foreign.contains(node.name) {
            var step = Step("cluster", "rejoin", node.name, .change, cause: .failover, summary: "rejoin as a standby", reason: "it holds a database, is stopped, and was no standby", operations: [])
            step.heldBy = Step.Hold(rule: "failover.rejoin", reason: "this version leaves the rejoin to a person: `repmgr node rejoin`, or empty its data directory to have it cloned")
            steps.append(step)
        }
        return steps
    }
}
