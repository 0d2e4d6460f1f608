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
