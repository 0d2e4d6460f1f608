import ClusterModel
import ControlLoop
import Execution
import Logging
import Synchronization

/// What a daemon does, as structured log lines: a state is told when it changes, a step when it ends.
final class DaemonLog: DaemonWatcher {
    private let logger: Logger
    private let notifier: ServiceNotifier
    private let told = Mutex(Told())

    private struct Told {
        var state = ""
        var tenths: [StepID: Int] = [:]
        /// Why the journal could not be written the last time.
        var journal = ""
    }

    init(logger: Logger, notifier: ServiceNotifier) {
        self.logger = logger
        self.notifier = notifier
    }

    func observed(_ plan: Plan) {
        let findings = plan.findings.filter { $0.severity != .notice }
        let held = plan.held.map { "\($0.id): \($0.heldBy?.rule.name ?? "")" }
        let state =
            "\(plan.primary ?? "none") \(findings.map { "\($0.code.rawValue) \($0.subject)" }) \(held) \(plan.runnable.map(\.id))"
        let isNew = told.withLock { told in
            defer { told.state = state }
            return told.state != state
        }
        guard isNew else { return }
        notifier.tell("STATUS=primary \(plan.primary ?? "none"), \(plan.runnable.count) steps due, \(held.count) held")
        for finding in findings {
            logger.warning(
                "\(finding.code.rawValue)",
                metadata: [
                    "subject": "\(finding.subject)", "evidence": "\(finding.evidence.joined(separator: "; "))",
                    "remedy": "\(finding.remedy ?? "-")",
                ])
        }
        for step in plan.held {
            logger.warning(
                "held",
                metadata: [
                    "step": "\(step.id)", "rule": "\(step.heldBy?.rule.name ?? "")",
                    "reason": "\(step.heldBy?.reason ?? "")",
                ])
        }
        if plan.steps.isEmpty, findings.isEmpty {
            logger.info("converged", metadata: ["primary": "\(plan.primary ?? "none")"])
        }
    }

    func started(_ step: Step) {
        logger.debug("begun", metadata: ["step": "\(step.id)"])
    }

    func finished(_ step: Step, _ outcome: StepOutcome, seconds: Double) {
        var metadata: Logger.Metadata = [
            "step": "\(step.id)", "cause": "\(step.cause.rawValue)", "summary": "\(step.words.summary)",
            "seconds": "\((seconds * 1000).rounded() / 1000)",
        ]
        // What a promotion costs is to be read afterwards, too.
        let detail = step.words.detail
        if step.has(.changesPrimary), !detail.isEmpty { metadata["detail"] = "\(detail)" }
        guard outcome.isDone else {
            metadata["message"] = "\(outcome.words)"
            logger.error("\(outcome.name)", metadata: metadata)
            return
        }
        logger.notice("done", metadata: metadata)
    }

    func progress(_ step: Step, bytes: UInt64, total: UInt64?) {
        guard let total, total > 0 else { return }
        let tenth = Int(Double(bytes) / Double(total) * 10)
        let isNew = told.withLock { told in
            defer { told.tenths[step.id] = tenth }
            return told.tenths[step.id] ?? 0 < tenth
        }
        if isNew { logger.info("copying", metadata: ["step": "\(step.id)", "percent": "\(tenth * 10)"]) }
    }

    func counted(_ step: Step, _ number: Int) {
        logger.notice("connections end with their server", metadata: ["step": "\(step.id)", "count": "\(number)"])
    }

    func notJournalled(_ reason: String) {
        let isNew = told.withLock { told in
            defer { told.journal = reason }
            return told.journal != reason
        }
        guard isNew else { return }
        logger.error(
            "the journal cannot be written",
            metadata: [
                "reason": "\(reason)", "remedy": "make room, or let this account write there; nothing waits for it",
            ])
    }

    func alive() { notifier.tell("WATCHDOG=1") }
}
