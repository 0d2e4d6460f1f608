/// A planned change of primary.
package struct Switchover: Sendable, Hashable {
    package var from: NodeName
    package var to: NodeName

    package init(from: NodeName, to: NodeName) {
        self.from = from
        self.to = to
    }

    /// As it is noted on the hosts of the other standbys while it lasts: should both nodes vanish in the middle, it is known
    /// there that either of them may take writes.
    package init?(note: String) {
        let lines = note.split(separator: "\n").map(String.init)
        guard lines.count == 2 else { return nil }
        self.init(from: lines[0], to: lines[1])
    }

    package var note: String { "\(from)\n\(to)\n" }

    /// Who asks for one.
    package enum Request: Sendable, Hashable {
        /// A person, for this node or for the best one.
        case command(to: NodeName?)
        /// `preferred_primary` in the file.
        case preference
    }
}

/// The file beside the old primary's data directory that says how far a switchover (or a restart with clients held) has
/// got, so that a run that was killed is undone or finished by the next one.
package struct SwitchoverMark: Sendable, Hashable {
    package enum Phase: String, Sendable {
        /// The old primary is being stopped; nothing was promoted.
        case stopping
        /// The old primary is down and the target has all of its log: the promotion is asked for.
        case promoting
        /// No switchover: a restart during which clients are held.
        case restarting
        /// No switchover: its guard stopped it, since it saw nobody (`failover.guard`).
        case guarded
    }

    package var to: NodeName
    package var phase: Phase

    package init(to: NodeName, phase: Phase) {
        self.to = to
        self.phase = phase
    }

    package init?(text: String) {
        let lines = text.split(separator: "\n", maxSplits: 1).map(String.init)
        guard lines.count == 2, let phase = Phase(rawValue: lines[0]) else { return nil }
        self.phase = phase
        to = lines[1].hasSuffix("\n") ? String(lines[1].dropLast()) : lines[1]
    }

    package var text: String { "\(phase.rawValue)\n\(to)\n" }
}
