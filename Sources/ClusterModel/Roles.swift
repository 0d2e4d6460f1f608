/// Who shall be what: decided in one place, and only there.
package struct Roles: Sendable, Equatable {
    /// The node that shall be primary; nil when that cannot be said, and then `reason` says why.
    package var primary: NodeName?
    /// The primary does not exist yet and is to be made first.
    package var primaryIsToBeCreated: Bool
    /// Whom each standby shall stream from.
    package var upstreams: [NodeName: NodeName]
    /// Why there is no primary to plan with.
    package var reason: Step.Hold?
    /// A switchover that an earlier run did not finish.
    package var interrupted: Interrupted?
    /// How far the replacement of a lost primary is.
    package var failover: FailoverStage?
    /// Nodes that were replaced and take writes all the same: stopped whenever they are seen.
    package var fenced: Set<NodeName> = []

    package enum FailoverStage: Sendable, Equatable {
        case prepare(Failover.Preparation)
        case promote(Failover)
    }

    /// Where an unfinished switchover stands; told by its mark on the old primary's host.
    package enum Interrupted: Sendable, Equatable {
        /// The old primary was stopped and the promotion not yet begun: the old primary is started again.
        case undo(primary: NodeName)
        /// The promotion may have been asked for: there is only forward.
        case forward(Switchover)
    }

    package init(
        primary: NodeName?, primaryIsToBeCreated: Bool = false, upstreams: [NodeName: NodeName] = [:],
        reason: Step.Hold? = nil, interrupted: Interrupted? = nil
    ) {
        self.interrupted = interrupted
        self.primary = primary
        self.primaryIsToBeCreated = primaryIsToBeCreated
        self.upstreams = upstreams
        self.reason = reason
    }
}
