import ClusterModel
import Execution

/// When a step that keeps failing, or that is done and wanted again and again, is tried again: later each time, so that a
/// target that cannot be helped is not hammered, nor somebody who undoes what is done. Forgotten when the step itself changes,
/// and with the file.
struct Pacing: Sendable {
    private struct Record {
        let fingerprint: String
        var failures = 0
        var dones = 0
        var lastDone: Duration?
        var notBefore = Duration.zero
    }

    private let interval: Duration
    /// By the step's id; of an earlier form of the step nothing is remembered.
    private var records: [String: Record] = [:]
    private static let longest = Duration.seconds(300)
    /// What is done this often within `longest` may still be chance, or somebody's hand; a pooler that leads clients to where
    /// the primary is now follows it through a flapping network too.
    private static func dones(_ step: Step) -> Int { step.reconciler == "pgbouncer" ? 12 : 3 }

    /// What leads clients to where the primary is; not what holds them, or ends their connections.
    private static let leading: Set<String> = ["rewrite", "reload", "route", "resume", "release"]

    init(interval: Duration) {
        self.interval = interval
    }

    /// The plan without what has failed lately or is not to be begun for another reason, and without what waits for that.
    func due(_ plan: Plan, _ now: Duration, except: (Step) -> Bool) -> Plan {
        var due = plan
        var left: Set<String> = []
        due.steps = plan.steps.filter { step in
            let rests = records[step.id].map { $0.notBefore > now && $0.fingerprint == step.fingerprint } ?? false
            guard step.heldBy == nil, !rests, !except(step), step.after.isDisjoint(with: left) else {
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
        var dropped: Set<String> = []
        for stop in plan.steps where stop.clientsWait && stop.disruption >= .restart {
            if stop.cause == .switchover {
                let change = plan.steps.filter { $0.cause == .switchover }
                guard change.contains(where: { $0.clientsWait && !kept.contains($0.id) }) else { continue }
                dropped.formUnion(change.map(\.id))
            } else if !kept.contains(stop.id) {
                dropped.formUnion(plan.steps.filter { $0.action == "pause" && stop.after.contains($0.id) }.map(\.id))
            }
        }
        var whole = due
        whole.steps.removeAll { dropped.contains($0.id) || !$0.after.isDisjoint(with: dropped) }
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
        let fingerprint = step.fingerprint
        var record = Record(fingerprint: fingerprint)
        if let known = records[step.id], known.fingerprint == fingerprint { record = known }
        let times: Int
        switch outcome {
        case .done:
            let isAgain = record.lastDone.map { now - $0 < Self.longest } ?? false
            record.dones = isAgain ? record.dones + 1 : 1
            record.lastDone = now
            record.failures = 0
            // Whatever came before it, clients do not wait for a pause.
            let isUrgent = step.clientsWait || step.cause == .failover || step.cause == .switchover
            times = isUrgent ? 0 : record.dones - Self.dones(step)
        case .stopped: return
        // The next look knows better; but clients are not held again and again for a guard that does not hold.
        case .skipped where !(step.clientsWait && step.disruption == .stop): return
        case .skipped, .failed, .unknown:
            record.failures += 1
            times = record.failures
        }
        if times > 0 {
            // While there is no primary, or a pooler leads to where it was, nobody wants to wait for a next round.
            let leads = step.reconciler == "pgbouncer" && Self.leading.contains(step.action)
            let isAwaited = step.cause == .failover || leads
            let first = isAwaited ? min(interval, .milliseconds(500)) : interval
            let pause = min(first * (1 << min(times, 16)), Self.longest)
            record.notBefore = now + pause * (0.5 + jitter / 2)
        }
        records[step.id] = record
        switch outcome {
        case .done where step.action == "promote", .unknown where step.action == "promote": forgetRepetition()
        default: break
        }
        records = records.filter { $0.value.failures > 0 || now - ($0.value.lastDone ?? now) < Self.longest }
    }
}
