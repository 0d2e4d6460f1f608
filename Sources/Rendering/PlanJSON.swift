package import ClusterModel
package import JSONText

/// A plan for machines.
package struct PlanJSON {
    private let plan: Plan

    package init(_ plan: Plan) {
        self.plan = plan
    }

    package var text: String { value.text() }

    package var value: JSON {
        [
            "format_version": "1.0", "plan_id": .string(plan.id), "cluster": .string(plan.cluster),
            "complete": .bool(plan.complete), "applyable": .bool(plan.applyable),
            "primary": JSON(plan.primary), "timeline": JSON(plan.timeline),
            "findings": .array(plan.findings.map(Self.finding)),
            "summary": [
                "add": JSON(plan.count(.add)), "change": JSON(plan.count(.change)),
                "destroy": JSON(plan.count(.destroy)), "held": JSON(plan.held.count),
            ],
            "steps": .array(plan.steps.map(Self.step)),
        ]
    }

    private static func finding(_ finding: Finding) -> JSON {
        [
            "code": .string(finding.code.rawValue), "subject": .string(finding.subject),
            "evidence": JSON(finding.evidence),
            "severity": .string(finding.severity.rawValue), "remedy": JSON(finding.remedy),
        ]
    }

    private static func step(_ step: Step) -> JSON {
        [
            "id": .string(step.id), "reconciler": .string(step.reconciler), "action": .string(step.action),
            "target": .string(step.target), "change": .string(step.change.rawValue),
            "cause": .string(step.cause.rawValue),
            "summary": .string(step.summary), "detail": .string(step.detail), "reason": .string(step.reason),
            "after": JSON(step.after.sorted()),
            "held_by": step.heldBy.map { ["rule": .string($0.rule), "reason": .string($0.reason)] } ?? .null,
            "disruption": .string(step.disruption.rawValue), "commands": JSON(step.operations.map(\.shown)),
        ]
    }
}
