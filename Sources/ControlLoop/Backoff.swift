import ClusterModel
import Execution

/// When a step that keeps failing, or that is done and wanted again and again, is tried again: later each time, so that a
/// target that cannot be helped is not hammered, nor somebody who undoes what is done. Forgotten when the step itself changes,
/// and with the file.
struct Backoff: Sendable {
    private struct Record {
        let step: Step
        var failures = 0
        var dones = 0
        var lastDone: Duration?
        var notBefore = Duration.zero
    }

    private let interval: Duration
    /// By the step's id; of an earlier form of the step nothing is remembered.
    private var records: [StepID: Record] = [:]
    private static let longest = Duration.seconds(300)
    /// What is done this often within `longest` may still be chance, or somebody's hand; a pooler that leads clients to where
    /// the primary is now follows it through a flapping network too.
    private static func dones(_ step: Step) -> Int { step.action.system == .pgbouncer ? 12 : 3 }

    init(interval: Duration) {
        self.interval = interval
    }

    /// The plan without what has failed lately or is not to be begun for another reason, and without what waits for that.
    func due(_ plan: Plan, _ now: Duration, except: (Step) -> Bool) -> Plan {
        var due = plan
        var left: Set<StepID> = []
        due.steps = plan.steps.filter { step in
            let rests = records[step.id].map { $0.notBefore > now && $0.step.isSame(as: step) } ?? false
            guard step.heldBy == nil, !rests, !except(step), !step.waits(for: left) else {
                left.insert(step.id)
                return false
            }
            return true
        }
        return Self.whole(due, of: plan)
    }

    /// Clients are held, and all that this takes is prepared, only when what they are held for can be begun too.
    private static func whole(_ due: Plan, of plan: Plan) -> Plan {
        let kept = Set(due.steps.map(\.id))
        var dropped: Set<StepID> = []
        for stop in plan.steps where stop.has(.clientsWait) && stop.disruption >= .restart {
            if stop.cause == .switchover {
                let change = plan.steps.filter { $0.cause == .switchover }
                guard change.contains(where: { $0.has(.clientsWait) && !kept.contains($0.id) }) else { continue }
                dropped.formUnion(change.map(\.id))
            } else if !kept.contains(stop.id) {
                dropped.formUnion(plan.steps.filter { $0.has(.pausesClients) && stop.after[$0.id] != nil }.map(\.id))
            }
        }
        var whole = due
        whole.steps.removeAll { dropped.contains($0.id) || $0.waits(for: dropped) }
        return whole
    }

    /// With another primary much is wanted again, and nobody has undone it.
    private mutating func forgetRepetition() {
        for (id, record) in records where record.failures == 0 {
            records[id]?.dones = 0
            records[id]?.notBefore = .zero
        }
    }

    /// - Parameter jitter: between 0 and 1: two pgregents that failed together do not come back together.
    mutating func note(_ step: Step, _ outcome: StepOutcome, _ now: Duration, jitter: Double) {
        var record = Record(step: step)
        if let known = records[step.id], known.step.isSame(as: step) { record = known }
        let times: Int
        switch outcome {
        case .done:
            let isAgain = record.lastDone.map { now - $0 < Self.longest } ?? false
            record.dones = isAgain ? record.dones + 1 : 1
            record.lastDone = now
            record.failures = 0
            // Whatever came before it, clients do not wait for a pause.
            let isUrgent = step.has(.clientsWait) || step.cause == .failover || step.cause == .switchover
            times = isUrgent ? 0 : record.dones - Self.dones(step)
        case .stopped: return
        // The next observation knows better; but clients are not held again and again for a guard that does not hold.
        case .skipped where !(step.has(.clientsWait) && step.disruption == .stop): return
        case .skipped, .failed, .unknown:
            record.failures += 1
            times = record.failures
        }
        if times > 0 {
            // While there is no primary, or a pooler leads to where it was, nobody wants to wait for a next round.
            let isAwaited = step.cause == .failover || step.has(.leadsClients)
            let first = isAwaited ? min(interval, .milliseconds(500)) : interval
            let pause = min(first * (1 << min(times, 16)), Self.longest)
            record.notBefore = now + pause * (0.5 + jitter / 2)
        }
        records[step.id] = record
        switch outcome {
        case .done where step.has(.changesPrimary), .unknown where step.has(.changesPrimary): forgetRepetition()
        default: break
        }
        records = records.filter { $0.value.failures > 0 || now - ($0.value.lastDone ?? now) < Self.longest }
    }
}
