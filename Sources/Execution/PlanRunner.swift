package import ClusterModel
package import HostAccess
import Synchronization

/// Walks a plan: every step as soon as what it waits for is done, independent ones side by side.
package struct PlanRunner: Sendable {
    private let performer: any StepPerformer
    private let clock: any WallClock
    private let journal: any JournalSink
    private let watcher: any ExecutionWatcher
    private let stop: StopRequest

    package init(
        performer: any StepPerformer, clock: any WallClock, journal: any JournalSink, watcher: any ExecutionWatcher,
        stop: StopRequest
    ) {
        self.performer = performer
        self.clock = clock
        self.journal = journal
        self.watcher = watcher
        self.stop = stop
    }

    /// The outcome of every step that was begun; a step whose forerunner did not get done is not.
    /// - Parameter held: clients are held already, by an earlier pass.
    /// - Parameter lettingGo: the whole plan lets go of somebody: all of it is begun, even after a request to stop.
    package func run(
        _ plan: Plan, pass: String, held: Bool = false, lettingGo: Bool = false
    ) async -> [StepID: StepOutcome] {
        var waiting = plan.runnable
        var outcomes: [StepID: StepOutcome] = [:]
        await withTaskGroup(of: (StepID, StepOutcome).self) { group in
            var running = 0
            var clientsAreHeld = held
            while true {
                // Asked to stop, nothing more is begun; but once clients are held, they are let go first.
                while let index = waiting.firstIndex(where: { step in
                    ready(step, outcomes)
                        && (!stop.isRequested || lettingGo || (clientsAreHeld && step.has(.clientsWait)))
                }) {
                    let step = waiting.remove(at: index)
                    clientsAreHeld = clientsAreHeld || step.has(.clientsWait)
                    running += 1
                    group.addTask { (step.id, await perform(step, pass: pass)) }
                }
                guard running > 0, let (id, outcome) = await group.next() else { break }
                running -= 1
                outcomes[id] = outcome
            }
        }
        return outcomes
    }

    private func ready(_ step: Step, _ outcomes: [StepID: StepOutcome]) -> Bool {
        step.after.keys.allSatisfy { outcomes[$0]?.isDone ?? false }
    }

    private func perform(_ step: Step, pass: String) async -> StepOutcome {
        let begin = clock.uptime
        func entry(_ outcome: JournalEntry.Outcome, seconds: Double? = nil, _ message: String? = nil) -> JournalEntry {
            JournalEntry(
                time: clock.secondsSinceEpoch, pass: pass, step: step.id.description, action: step.id.name.verb,
                target: step.target, outcome: outcome, duration: seconds, message: message,
                isUrgent: step.has(.clientsWait))
        }
        await record(entry(.started))
        watcher.started(step)
        let outcome = await performer.perform(step, watcher)
        let seconds = (clock.uptime - begin).seconds
        let (name, message) = outcome.journalled
        await record(entry(name, seconds: seconds, message))
        watcher.finished(step, outcome, seconds: seconds)
        return outcome
    }

    /// The journal is a record, and no precondition: on a full disk, say, a lost primary is replaced all the same.
    private func record(_ entry: JournalEntry) async {
        do {
            try await journal.record(entry)
        } catch {
            watcher.notJournalled("\(error)")
        }
    }
}

extension StepOutcome {
    fileprivate var journalled: (JournalEntry.Outcome, String?) {
        switch self {
        case .done: (.done, nil)
        case .skipped(let message): (.skipped, message)
        case .failed(let message): (.failed, message)
        case .unknown(let message): (.unknown, message)
        case .stopped: (.stopped, nil)
        }
    }
}

/// Somebody wants pgregent to end: steps in hand are finished, no other is begun.
package final class StopRequest: Sendable {
    private let requested = Atomic(false)

    package init() {}

    package var isRequested: Bool { requested.load(ordering: .acquiring) }

    package func request() {
        requested.store(true, ordering: .releasing)
    }
}
