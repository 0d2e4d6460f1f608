package import ClusterModel
package import JSONText
import Systems

/// A plan for machines.
package struct PlanJSON {
    private let plan: Plan
    private let commands: ClusterCommands

    package init(_ plan: Plan, _ spec: ClusterSpec) {
        self.plan = plan
        commands = ClusterCommands(spec)
    }

    package var text: String { value.text() }

    package var value: JSON {
        [
            "format_version": "1.0", "plan_id": .string(commands.id(of: plan)), "cluster": .string(plan.cluster),
            "complete": .bool(plan.complete), "applyable": .bool(plan.applyable),
            "primary": JSON(plan.primary), "timeline": JSON(plan.timeline),
            "findings": .array(plan.findings.map(Self.finding)),
            "summary": [
                "add": JSON(plan.count(.add)), "change": JSON(plan.count(.change)),
                "destroy": JSON(plan.count(.destroy)), "held": JSON(plan.held.count),
            ],
            "steps": .array(plan.steps.map(step)),
        ]
    }

    private static func finding(_ finding: Finding) -> JSON {
        [
            "code": .string(finding.code.rawValue), "subject": .string(finding.subject),
            "evidence": JSON(finding.evidence),
            "severity": .string(finding.severity.rawValue), "remedy": JSON(finding.remedy),
        ]
    }

    private func step(_ step: Step) -> JSON {
        let words = step.words
        let after = step.after.sorted { $0.key < $1.key }.map { ($0.key.description, $0.value.rawValue) }
        return [
            "id": .string(step.id.description), "reconciler": .string(step.action.system.rawValue),
            "action": .string(step.id.name.verb),
            "target": .string(step.target), "change": .string(step.change.rawValue),
            "cause": .string(step.cause.rawValue),
            "summary": .string(words.summary), "detail": .string(words.detail), "reason": .string(words.reason),
            "after": JSON(after.map(\.0)),
            "because": .object(after.map { JSON.Member($0, .string($1)) }),
            "held_by": step.heldBy.map { ["rule": .string($0.rule.name), "reason": .string($0.reason)] } ?? .null,
            "disruption": .string(step.disruption.rawValue), "commands": JSON(commands.operations(step).map(\.shown)),
        ]
    }
}
