package import ClusterModel

/// One line of the journal: what was begun, and how it ended.
package struct JournalEntry: Sendable, Equatable {
    package enum Outcome: String, Sendable {
        case started, done, failed, skipped
        /// The answer was lost: it may have been done. The next observation tells.
        case unknown
        /// pgregent was told to stop before it was done.
        case stopped
    }

    /// Seconds since 1970-01-01 00:00:00 UTC.
    package var time: Double
    package var pass: String
    package var step: String
    package var action: String
    package var target: String
    package var outcome: Outcome
    /// Seconds; nil at the start.
    package var duration: Double?
    /// For anything but `started` and `done`: what was tried, where, and what came back.
    package var message: String?
    /// It is written, and not waited for until it is on the disk: clients wait for what comes next.
    package var isUrgent: Bool

    package init(
        time: Double, pass: String, step: String, action: String, target: String, outcome: Outcome,
        duration: Double? = nil, message: String? = nil, isUrgent: Bool = false
    ) {
        self.time = time
        self.pass = pass
        self.step = step
        self.action = action
        self.target = target
        self.outcome = outcome
        self.duration = duration
        self.message = message
        self.isUrgent = isUrgent
    }
}

/// Where the journal goes.
package protocol JournalSink: Sendable {
    func record(_ entry: JournalEntry) async throws
}

/// Who wants to see steps as they happen.
package protocol ExecutionWatcher: Sendable {
    func started(_ step: Step)
    func finished(_ step: Step, _ outcome: StepOutcome, seconds: Double)
    /// Bytes of a running copy; total is nil while the server does not know it.
    func progress(_ step: Step, bytes: UInt64, total: UInt64?)
    /// What one of its operations counted.
    func counted(_ step: Step, _ number: Int)
    /// An entry of the journal could not be written; what it was about is done all the same.
    func notJournalled(_ reason: String)
}

extension ExecutionWatcher {
    package func counted(_ step: Step, _ number: Int) {}
    package func notJournalled(_ reason: String) {}
}

/// How a step ended.
package enum StepOutcome: Sendable, Equatable {
    case done
    /// A guard did not hold any more: the world has changed, the next observation decides.
    case skipped(String)
    case failed(String)
    /// Something was sent, and no answer came.
    case unknown(String)
    case stopped

    package var isDone: Bool { self == .done }
}
