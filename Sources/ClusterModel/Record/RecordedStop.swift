/// Why pgregent, or its watchdog, stopped a primary, and how far that has got: a run that was killed is undone or finished by
/// the next one.
package struct RecordedStop: Sendable, Hashable {
    package enum Phase: String, Sendable {
        /// For a switchover: it is being stopped; nothing was promoted.
        case stopping
        /// For a switchover: it is down and the target has all of its log: the promotion is asked for.
        case promoting
        /// For a restart during which clients are held.
        case restarting
        /// By its watchdog, since it saw nobody (`failover.guard`).
        case guarded
    }

    /// The target of the switchover; otherwise the node itself.
    package var to: NodeName
    package var phase: Phase

    package init(to: NodeName, phase: Phase) {
        self.to = to
        self.phase = phase
    }
}

extension RecordedStop: RecordSection {
    package static let name = "stopped"

    init?(_ values: [String: String]) {
        guard let phase = values["stopped"].flatMap(Phase.init), let to = values["stopped.to"] else { return nil }
        self.init(to: to, phase: phase)
    }

    package var lines: String { "stopped=\(phase.rawValue)\nstopped.to=\(to)\n" }
}

/// A switchover between two other nodes, as the record of a standby has it while it lasts: should both nodes vanish in the middle,
/// it is known there that either of them may take writes.
extension Switchover: RecordSection {
    package static let name = "switchover"

    init?(_ values: [String: String]) {
        guard let from = values["switchover.from"], let to = values["switchover.to"] else { return nil }
        self.init(from: from, to: to)
    }

    package var lines: String { "switchover.from=\(from)\nswitchover.to=\(to)\n" }
}
