import ClusterModel
import ControlLoop
import Execution
import JSONText

/// A plan for machines.
struct PlanJSON {
    private let plan: Plan

    init(_ plan: Plan) {
        self.plan = plan
    }

    var text: String { value.text() }

    var value: JSON {
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
            "code": .string(finding.code.rawValue), "subject": .string(finding.subject), "evidence": JSON(finding.evidence),
            "severity": .string(finding.severity.rawValue), "remedy": JSON(finding.remedy),
        ]
    }

    static func step(_ step: Step) -> JSON {
        [
            "id": .string(step.id), "reconciler": .string(step.reconciler), "action": .string(step.action),
            "target": .string(step.target), "change": .string(step.change.rawValue), "cause": .string(step.cause.rawValue),
            "summary": .string(step.summary), "detail": .string(step.detail), "reason": .string(step.reason),
            "after": JSON(step.after.sorted()),
            "held_by": step.heldBy.map { ["rule": .string($0.rule), "reason": .string($0.reason)] } ?? .null,
            "disruption": .string(step.disruption.rawValue), "commands": JSON(step.operations.map(\.shown)),
        ]
    }
}

/// How a run of `reconcile --once` ended, for machines.
struct ReportJSON {
    private let report: ReconcileOnce.Report
    private let seconds: Double
    private let status: ExitStatus

    init(_ report: ReconcileOnce.Report, seconds: Double, status: ExitStatus) {
        self.report = report
        self.seconds = seconds
        self.status = status
    }

    var text: String {
        let done = report.done.map { ["id": .string($0.id), "outcome": "done"] as JSON }
        let failed = report.failures.map { ["id": .string($0.step.id), "outcome": .string($0.outcome.name), "message": .string($0.outcome.words)] as JSON }
        let value: JSON = [
            "cluster": .string(report.plan.cluster), "exit_code": JSON(status.rawValue), "seconds": .number((seconds * 1000).rounded() / 1000),
            "stopped": .bool(report.wasStopped), "steps": .array(done + failed), "plan": PlanJSON(report.plan).value,
        ]
        return value.text()
    }
}

extension StepOutcome {
    var name: String {
        switch self {
        case .done: "done"
        case .skipped: "skipped"
        case .failed: "failed"
        case .unknown: "unknown"
        case .stopped: "stopped"
        }
    }
}
