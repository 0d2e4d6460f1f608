import ClusterModel
import ControlLoop
import Execution
import HostAccess
import Rendering
import Synchronization

/// Steps as they happen, on standard error: a line when one ends, and for a copy a bar on a terminal or a line every
/// 10 % elsewhere.
final class ProgressLines: PassWatcher {
    private let spec: ClusterSpec
    private let quiet: Bool
    private let audience: any Audience
    private var terminal: Bool { audience.showsProgress }
    private let copies = Mutex([StepID: Copy]())

    private let hold = Mutex(Hold())
    /// What is waited for is told once.
    private let told = Mutex(Set<String>())

    /// From the first pool that is paused to the last that is let go.
    private struct Hold {
        var began: ContinuousClock.Instant?
        var ended: ContinuousClock.Instant?
        var dropped: Int?
    }

    /// Connections that ended with the server that was stopped; nil when nobody counted.
    var dropped: Int? { hold.withLock { $0.dropped } }

    /// How long clients were held, in seconds; nil when they were not.
    var held: Double? {
        hold.withLock { hold in
            guard let began = hold.began, let ended = hold.ended else { return nil }
            return ((ended - began).seconds * 1000).rounded() / 1000
        }
    }

    private struct Copy {
        var began: ContinuousClock.Instant
        var toldTenth = 0
    }

    init(_ spec: ClusterSpec, quiet: Bool, _ audience: any Audience) {
        self.audience = audience
        self.spec = spec
        self.quiet = quiet
    }

    func started(_ step: Step) {
        if step.has(.pausesClients) {
            hold.withLock { if $0.began == nil { $0.began = .now } }
        }
        guard !quiet, terminal else { return }
        audience.tell("  \(label(step)) …")
    }

    func finished(_ step: Step, _ outcome: StepOutcome, seconds: Double) {
        if step.has(.releasesClients) {
            hold.withLock { $0.ended = .now }
        }
        guard !quiet else { return }
        let time = "\((seconds * 100).rounded() / 100) s"
        switch outcome {
        case .done: audience.tell("  \(label(step))  done in \(time)")
        default: audience.tell("  \(label(step))  \(outcome.name.uppercased()) after \(time): \(outcome.words)")
        }
    }

    func progress(_ step: Step, bytes: UInt64, total: UInt64?) {
        guard !quiet, let total, total > 0 else { return }
        let share = min(1, Double(bytes) / Double(total))
        let line = copies.withLock { copies -> String? in
            var copy = copies[step.id] ?? Copy(began: .now)
            defer { copies[step.id] = copy }
            let tenth = Int(share * 10)
            guard terminal || tenth > copy.toldTenth else { return nil }
            copy.toldTenth = tenth
            return Self.line(bytes, total, share, seconds: (ContinuousClock.now - copy.began).seconds)
        }
        guard let line else { return }
        audience.tell(
            terminal ? "\r\u{1B}[K  \(label(step))  \(line)" : "  \(label(step))  \(line)",
            terminator: terminal ? "" : "\n")
    }

    private static func line(_ bytes: UInt64, _ total: UInt64, _ share: Double, seconds: Double) -> String {
        let filled = Int(share * 20)
        let bar = "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled) + "]"
        let rate = seconds > 0.5 ? Double(bytes) / seconds : 0
        let left = rate > 0 ? ", \(Int(Double(total - min(bytes, total)) / rate)) s left" : ""
        return "\(bar) \(Int(share * 100)) % of \(total >> 20) MB, \(Int(rate / 1_048_576)) MB/s\(left)"
    }

    func notJournalled(_ reason: String) {
        let isNew = told.withLock { $0.insert(reason).inserted }
        if isNew { audience.tell("The journal cannot be written, and nothing waits for it: \(reason)") }
    }

    func counted(_ step: Step, _ number: Int) {
        hold.withLock { $0.dropped = ($0.dropped ?? 0) + number }
    }

    func continued(with plan: Plan) {
        guard !quiet else { return }
        audience.tell("What was done made \(plan.runnable.count) more steps due:")
        for line in PlanText(plan, spec, colour: false).body { audience.tell(line) }
    }

    func waits(for copies: [Finding]) {
        guard !quiet else { return }
        for copy in copies {
            let line = "  waiting: \(copy.subject): \(copy.evidence.joined(separator: "; "))"
            if told.withLock({ $0.insert(line).inserted }) { audience.tell(line) }
        }
    }

    private func label(_ step: Step) -> String {
        "\(step.label) \(step.id.name.verb) \(step.words.summary)"
    }
}
