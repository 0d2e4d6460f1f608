import ClusterModel
import Execution
import Synchronization

/// The steps that are being done, also those that an earlier round has begun: a round does not wait for a slow one, and
/// does not begin it, nor anything else at the same host, a second time.
final class RunningSteps: ExecutionWatcher {
    private struct State {
        var steps: [StepID: Step] = [:]
        var backoff: Backoff
        var changed = false
        /// How often a step of a change of primary has begun or ended.
        var moves = 0
        var hold = UnreleasedClients()
    }

    private let state: Mutex<State>
    private let watcher: any ExecutionWatcher
    private let now: @Sendable () -> Duration
    private let jitter: @Sendable () -> Double

    init(
        backoff: Backoff, watcher: any ExecutionWatcher, now: @escaping @Sendable () -> Duration,
        jitter: @escaping @Sendable () -> Double
    ) {
        state = Mutex(State(backoff: backoff))
        self.watcher = watcher
        self.now = now
        self.jitter = jitter
    }

    /// The steps of a plan that may be begun now. A failover waits for nobody's hands.
    func due(_ plan: Plan) -> Plan {
        state.withLock { state in
            let busy = Set(state.steps.values.map(Self.place))
            let ids = Set(state.steps.keys)
            return state.backoff.due(plan, now()) { step in
                ids.contains(step.id) || (busy.contains(Self.place(step)) && step.cause != .failover)
            }
        }
    }

    /// Something is being done that ends soon.
    var isAtWork: Bool { state.withLock { state in state.steps.values.contains { !$0.has(.copiesData) } } }

    /// Clients may be held, or standbys detached, by steps that did not all succeed.
    var holds: Bool { state.withLock { $0.hold.isOpen } }

    /// How the steps of a plan have ended.
    func note(_ plan: Plan, _ outcomes: [StepID: StepOutcome]) {
        state.withLock { $0.hold.note(plan.steps, outcomes) }
    }

    /// What a plan has to let go.
    func lettingGo(_ plan: Plan) -> Plan {
        var due = plan
        due.steps = state.withLock { $0.hold.lettingGo(plan.runnable) }
        return due
    }

    /// Counts with every step of a change of primary that begins or ends: what was looked at in between shows a cluster half
    /// way, and a plan that rests on it would undo what is being done.
    var moves: Int { state.withLock { $0.moves } }

    private static func moves(_ step: Step) -> Bool {
        step.has(.clientsWait) || step.cause == .switchover || step.cause == .failover
    }

    /// A pooler is not its host's server: clients are led away whatever the server beside it waits for.
    private static func place(_ step: Step) -> Place {
        Place(host: step.target, isPooler: step.action.system == .pgbouncer)
    }

    private struct Place: Hashable {
        var host: HostName
        var isPooler: Bool
    }

    /// Something was done since the last time of asking: there may be more to do.
    func takeChanged() -> Bool {
        state.withLock { state in
            defer { state.changed = false }
            return state.changed
        }
    }

    func started(_ step: Step) {
        state.withLock { state in
            state.steps[step.id] = step
            if Self.moves(step) { state.moves += 1 }
        }
        watcher.started(step)
    }

    func finished(_ step: Step, _ outcome: StepOutcome, seconds: Double) {
        let (now, jitter) = (now(), jitter())
        state.withLock { state in
            state.steps[step.id] = nil
            if Self.moves(step) { state.moves += 1 }
            state.backoff.note(step, outcome, now, jitter: jitter)
            if outcome.isDone { state.changed = true }
        }
        watcher.finished(step, outcome, seconds: seconds)
    }

    func progress(_ step: Step, bytes: UInt64, total: UInt64?) {
        watcher.progress(step, bytes: bytes, total: total)
    }

    func counted(_ step: Step, _ number: Int) {
        watcher.counted(step, number)
    }

    func notJournalled(_ reason: String) {
        watcher.notJournalled(reason)
    }
}
