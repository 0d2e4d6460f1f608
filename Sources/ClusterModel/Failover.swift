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

/// A primary that has not answered for a while, and what the others say of it, asked afresh.
package struct Suspicion: Sendable, Hashable {
    package enum Vote: Sendable, Hashable {
        /// From there it does not answer either.
        case lost(String)
        /// From there it answers: it lives.
        case sees(String)
        case unknown(String)

        package var isUnknown: Bool { if case .unknown = self { true } else { false } }
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
