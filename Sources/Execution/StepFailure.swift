import HostAccess

/// Why a step did not go through, for people: what was tried, where, what came back.
package struct StepFailure: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case failed
        case guardBroken
        case outcomeUnknown
        case stopped
    }

    package var kind: Kind
    package var message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    init(_ failure: ShellFailure, title: String) {
        switch failure.kind {
        case .outcomeUnknown: self.init(.outcomeUnknown, "\(title): \(failure.message)")
        case .cancelled: self.init(.stopped, "\(title): stopped")
        default: self.init(.failed, "\(title): \(failure.message)")
        }
    }

    var outcome: StepOutcome {
        switch kind {
        case .failed: .failed(message)
        case .guardBroken: .skipped(message)
        case .outcomeUnknown: .unknown(message)
        case .stopped: .stopped
        }
    }
}

extension ShellResult {
    /// The last lines of what a command said, as one line: the end says why it ended.
    var complaint: String {
        let text = errors.isEmpty ? output : errors
        let lines = text.split(separator: "\n").map(\.trimmed).filter { !$0.isEmpty }
        let last = lines.suffix(6).joined(separator: " | ")
        return "exit status \(status)" + (last.isEmpty ? "" : ": \(last.prefix(1200))")
    }
}
