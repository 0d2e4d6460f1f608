import ClusterModel
import ControlLoop
import Execution
import JSONText
import Rendering

/// How a run of `reconcile --once` ended, for machines.
struct ReportJSON {
    private let report: ReconcileOnce.Report
    private let spec: ClusterSpec
    private let seconds: Double
    /// How long clients were held; nil: they were not.
    private let held: Double?
    /// How many connections ended with the server that was stopped; nil: nobody counted.
    private let dropped: Int?
    private let status: ExitStatus

    init(
        _ report: ReconcileOnce.Report, _ spec: ClusterSpec, seconds: Double, held: Double?, dropped: Int?,
        status: ExitStatus
    ) {
        self.report = report
        self.spec = spec
        self.seconds = seconds
        self.held = held
        self.dropped = dropped
        self.status = status
    }

    var text: String {
        let done = report.done.map { ["id": .string($0.id.description), "outcome": "done"] as JSON }
        let failed = report.failures.map {
            [
                "id": .string($0.step.id.description), "outcome": .string($0.outcome.name),
                "message": .string($0.outcome.words),
            ]
                as JSON
        }
        let value: JSON = [
            "cluster": .string(report.plan.cluster), "exit_code": JSON(status.rawValue),
            "seconds": .number((seconds * 1000).rounded() / 1000),
            "held_seconds": held.map { .number($0) } ?? .null,
            "connections_dropped": dropped.map { .number(Double($0)) } ?? .null,
            "stopped": .bool(report.wasStopped), "steps": .array(done + failed),
            "plan": PlanJSON(report.plan, spec).value,
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
