package import ClusterModel
package import Execution
import Synchronization

/// A journal in memory, which may be full.
package final class FakeJournal: JournalSink {
    package struct Full: Error {}

    private let lines = Mutex([JournalEntry]())
    private let room: Int

    package init(room: Int = .max) {
        self.room = room
    }

    package var entries: [JournalEntry] { lines.withLock { $0 } }

    package func record(_ entry: JournalEntry) async throws {
        let fits = lines.withLock { lines in
            guard lines.count < room else { return false }
            lines.append(entry)
            return true
        }
        guard fits else { throw Full() }
    }
}

/// Remembers what a watcher was told.
package final class FakeWatcher: ExecutionWatcher {
    private let seen = Mutex([String]())
    private let onStart: @Sendable (Step) -> Void

    package init(onStart: @escaping @Sendable (Step) -> Void = { _ in }) {
        self.onStart = onStart
    }

    package var started: [String] { seen.withLock { $0 } }

    package func started(_ step: Step) {
        seen.withLock { $0.append(step.id.description) }
        onStart(step)
    }

    package var unrecorded: Int { missed.withLock { $0 } }
    private let missed = Mutex(0)
    package func notJournalled(_ reason: String) { missed.withLock { $0 += 1 } }
    package func finished(_ step: Step, _ outcome: StepOutcome, seconds: Double) {}
    package func progress(_ step: Step, bytes: UInt64, total: UInt64?) {}
}
