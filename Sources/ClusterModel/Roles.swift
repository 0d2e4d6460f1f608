/// Who shall be what: decided in one place, and only there.
package struct Roles: Sendable, Equatable {
    /// The node that shall be primary; nil when that cannot be said, and then `reason` says why.
    package var primary: NodeName?
    /// The primary does not exist yet and is to be made first.
    package var primaryIsToBeCreated: Bool
    /// The backup that it is made from; nil: it becomes a new, empty cluster.
    package var recovery: Recovery?
    /// Whom each standby shall stream from.
    package var upstreams: [NodeName: NodeName]
    /// Why there is no primary to plan with.
    package var reason: Step.Hold?
    /// A switchover that an earlier run did not finish.
    package var interrupted: Interrupted?
    /// How far the replacement of a lost primary is.
    package var failover: FailoverStage?
    /// No seen node takes writes, and it is known which one is to blame.
    package var primaryIsLost = false
    /// Nodes that were replaced and take writes all the same: stopped whenever they are seen.
    package var fenced: Set<NodeName> = []

    package enum FailoverStage: Sendable, Equatable {
        case prepare(Failover.Preparation)
        case catchUp(Failover.CatchUp)
        case promote(Failover)
        /// Nobody can be promoted, for this reason: the old primary, which is whole, is started again.
        case startAgain(NodeName, because: String)
    }

    /// Where an unfinished switchover stands; told by its mark on the old primary's host.
    package enum Interrupted: Sendable, Equatable {
        /// The old primary was stopped and the promotion not yet begun: the old primary is started again.
        case undo(primary: NodeName)
        /// The promotion may have been asked for: there is only forward.
        case forward(Switchover)
    }

    package init(
        primary: NodeName?, primaryIsToBeCreated: Bool = false, recovery: Recovery? = nil,
        upstreams: [NodeName: NodeName] = [:], reason: Step.Hold? = nil, interrupted: Interrupted? = nil
    ) {
        self.recovery = recovery
        self.interrupted = interrupted
        self.primary = primary
        self.primaryIsToBeCreated = primaryIsToBeCreated
        self.upstreams = upstreams
        self.reason = reason
    }
}

/// A backup of Barman's, and how far its log is replayed.
package struct Recovery: Sendable, Hashable {
    package var backup: String
    /// A moment with its time zone, as Barman and PostgreSQL both read it; nil: to the end of the log.
    package var targetTime: String?
    package var sizeInBytes: UInt64?

    package init(backup: String, targetTime: String? = nil, sizeInBytes: UInt64? = nil) {
        self.backup = backup
        self.targetTime = targetTime
        self.sizeInBytes = sizeInBytes
    }
}
