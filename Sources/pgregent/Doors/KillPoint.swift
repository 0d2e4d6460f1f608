import Execution
import FoundationEssentials
import Glibc
import RealDoors

/// A testing aid: `PGREGENT_KILL_AT=before:STEP`, `during:STEP` or `after:STEP` ends this process with SIGKILL right
/// before the step is begun, a moment after, or when it is done and that is not written down yet. No handler of ours
/// runs, as when the machine loses power, so a test can try every place where a run may end.
struct KillPoint: JournalSink {
    private enum Moment: String {
        case before, during, after
    }

    private let journal: any JournalSink
    private let moment: Moment
    private let step: String

    /// Long enough for a script to have begun on its host, and shorter than the stop of a server.
    private static let moments: useconds_t = 60_000

    /// The journal itself, unless a test wants the process to end.
    static func wrap(_ journal: any JournalSink) throws -> any JournalSink {
        guard let resolution = ProcessInfo.processInfo.environment["PGREGENT_KILL_AT"], !resolution.isEmpty else {
            return journal
        }
        let parts = resolution.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let moment = Moment(rawValue: parts[0]) else {
            throw Failure("PGREGENT_KILL_AT is before:STEP, during:STEP or after:STEP, not \"\(resolution)\"")
        }
        return KillPoint(journal: journal, moment: moment, step: parts[1])
    }

    func record(_ entry: JournalEntry) async throws {
        let begins = entry.outcome == .started
        if entry.step == step, moment == (begins ? .before : .after) { Self.die() }
        try await journal.record(entry)
        guard entry.step == step, begins, moment == .during else { return }
        Task.detached {
            usleep(Self.moments)
            Self.die()
        }
    }

    private static func die() {
        kill(getpid(), SIGKILL)
        // The signal is on its way; nothing may happen in between.
        while true { pause() }
    }
}
