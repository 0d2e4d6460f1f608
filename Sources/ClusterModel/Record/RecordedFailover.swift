/// What a node's record says of a failover: on a standby that its receiver was stopped for one, on the new primary which node
/// it replaces. That node is fenced whenever it is seen, until it has been rejoined.
package struct RecordedFailover: Sendable, Hashable {
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
    /// By the clock of the host that the record lies on.
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

    /// How old it is by now is no part of what it says.
    package var withoutAge: RecordedFailover {
        var record = self
        record.age = .zero
        return record
    }
}

extension RecordedFailover: RecordSection {
    package static let name = "failover"
    /// The beginnings of the lines that are drawn on the host: which one it is, and when it was written.
    package static let idLine = "failover.id="
    package static let timeLine = "failover.time="

    init?(_ values: [String: String], now: Int64?) {
        guard let phase = values["failover"].flatMap(Phase.init), let replaces = values["failover.from"],
            let fence = values["failover.fence"].flatMap(Failover.Fence.init)
        else { return nil }
        self.init(phase: phase, replaces: replaces, fence: fence, chosen: values["failover.to"])
        id = values["failover.id"]
        if let now, let time = values["failover.time"].flatMap({ Int64($0) }) { age = .seconds(now - time) }
    }

    /// Without what is drawn on the host.
    package var words: String {
        "failover=\(phase.rawValue)\nfailover.from=\(replaces)\nfailover.fence=\(fence.rawValue)\n"
            + (chosen.map { "failover.to=\($0)\n" } ?? "")
    }

    /// Without its time.
    package var lines: String { words + (id.map { "\(Self.idLine)\($0)\n" } ?? "") }
}
