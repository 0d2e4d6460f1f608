/// An unplanned change of primary.
package struct Failover: Sendable, Hashable {
    package var from: NodeName
    package var to: NodeName
    package var fence: Fence

    package init(from: NodeName, to: NodeName, fence: Fence) {
        self.from = from
        self.to = to
        self.fence = fence
    }

    /// What keeps the old primary from acknowledging writes.
    package enum Fence: String, Sendable, Hashable {
        /// It was stopped over SSH, and is kept down.
        case stopped
        /// `failover.fence_command` said so.
        case command
        /// It cannot get the confirmations that quorum commit asks for.
        case quorum
        /// Nothing does: `failover.fence` is best_effort.
        case nothing = "none"
    }

    /// Who asks for one.
    package enum Request: Sendable, Hashable {
        /// `failover.mode` in the file.
        case policy
        /// A person. `acceptDataLoss` overrides what protects commits, for this run only.
        case command(to: NodeName?, acceptDataLoss: Bool)
    }

    /// What comes before the choice: the old primary is stopped and the standbys' receivers are, so that positions can
    /// be compared.
    package struct Preparation: Sendable, Hashable {
        package var from: NodeName
        package var fence: Fence
        package var isFenced: Bool
        package var freeze: [NodeName]

        package init(from: NodeName, fence: Fence, isFenced: Bool, freeze: [NodeName]) {
            self.from = from
            self.fence = fence
            self.isFenced = isFenced
            self.freeze = freeze
        }
    }

    /// Under quorum commit the one that may be promoted can lack what another standby, which may not be, has confirmed: it gets
    /// that from there first.
    package struct CatchUp: Sendable, Hashable {
        package var node: NodeName
        package var source: NodeName
        package var position: LSN

        package init(node: NodeName, source: NodeName, position: LSN) {
            self.node = node
            self.source = source
            self.position = position
        }
    }
}

/// The file beside a data directory that tells of a failover: on a standby that its receiver was stopped for one, on the
/// new primary which node it replaces. That node is fenced whenever it is seen, until it has been rejoined.
package struct FailoverMark: Sendable, Hashable {
    package enum Phase: String, Sendable {
        /// The receiver was stopped, so that positions can be compared.
        case frozen
        /// The promotion is asked for; on a primary: was done.
        case promoting
        /// The failover is over; it only says when it was.
        case done
    }

    package var phase: Phase
    package var replaces: NodeName
    package var fence: Failover.Fence
    /// Who was about to be promoted when this was written: from then on that node may be the primary, seen or not.
    package var chosen: NodeName?
    /// Tells it from any other with the same words, an older one or another pgregent's; drawn when it is written. Nil: not
    /// known, as of one that this very plan writes.
    package var id: String?
    /// By the clock of the host that the mark lies on.
    package var age: Duration

    package init(
        phase: Phase, replaces: NodeName, fence: Failover.Fence, chosen: NodeName? = nil, age: Duration = .zero
    ) {
        self.chosen = chosen
        self.phase = phase
        self.replaces = replaces
        self.fence = fence
        self.age = age
    }

    /// - Parameter age: seconds since the file was written, as its host says.
    package init?(text: String, age: Int64) {
        var lines = text.split(separator: "\n").map(String.init)
        id = lines.last.flatMap { $0.hasPrefix(Self.idPrefix) ? String($0.dropFirst(Self.idPrefix.count)) : nil }
        if id != nil { lines.removeLast() }
        guard (3...4).contains(lines.count), let phase = Phase(rawValue: lines[0]),
            let fence = Failover.Fence(rawValue: lines[1])
        else { return nil }
        self.phase = phase
        self.fence = fence
        replaces = lines[2]
        chosen = lines.count == 4 ? lines[3] : nil
        self.age = .seconds(age)
    }

    /// What the line of its id begins with; no name of a node does.
    package static let idPrefix = "# "

    /// How old it is by now is no part of what it says.
    package var withoutAge: FailoverMark {
        var mark = self
        mark.age = .zero
        return mark
    }

    package var text: String { words + (id.map { "\(Self.idPrefix)\($0)\n" } ?? "") }

    package var words: String {
        "\(phase.rawValue)\n\(fence.rawValue)\n\(replaces)\n" + (chosen.map { "\($0)\n" } ?? "")
    }
}

/// A primary that has not answered for a while, and what the others say of it, asked afresh.
package struct Suspicion: Sendable, Hashable {
    package enum Vote: Sendable, Hashable {
        /// From there it does not answer either.
        case lost(String)
        /// From there it answers: it lives.
        case sees(String)
        case unknown(String)
    }

    package var node: NodeName
    /// Since the first question that was not answered.
    package var silentFor: Duration
    package var attempts: Int
    package var votes: [NodeName: Vote]

    package init(node: NodeName, silentFor: Duration, attempts: Int, votes: [NodeName: Vote]) {
        self.node = node
        self.silentFor = silentFor
        self.attempts = attempts
        self.votes = votes
    }
}
