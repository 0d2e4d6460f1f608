/// Who shall be what: decided in one place, and only there.
package struct Roles: Sendable, Equatable {
    /// The node that shall be primary; nil when that cannot be said, or not yet.
    package var primary: NodeName?
    /// What the state of the cluster asks for.
    package var course: Course
    /// Whom each standby shall stream from.
    package var upstreams: [NodeName: NodeName]
    /// No seen node takes writes, and it is known which one is to blame.
    package var primaryIsLost = false
    /// Nodes that were replaced and take writes all the same: stopped whenever they are seen.
    package var fenced: Set<NodeName> = []

    package init(primary: NodeName, upstreams: [NodeName: NodeName], course: Course = .steady) {
        self.primary = primary
        self.upstreams = upstreams
        self.course = course
    }

    /// Nobody is primary while this lasts.
    package init(_ course: Course) {
        self.course = course
        upstreams = [:]
    }

    package var primaryIsToBeCreated: Bool { if case .create = course { true } else { false } }

    /// A change of primary is under way: nothing else is planned before it has come to an end.
    package var isChangingPrimary: Bool {
        switch course {
        case .finish, .replace: true
        case .steady, .create, .undo, .undecided: false
        }
    }
}

/// What the state of a cluster asks for.
package enum Course: Sendable, Equatable {
    /// There is a primary: everything is brought to what is declared around it.
    case steady
    /// There never was one: it is made first, empty or from a backup.
    case create(Recovery?)
    /// This primary was stopped, for a switchover, a restart or by its watchdog, and nobody was promoted: it is started again.
    case undo(primary: NodeName)
    /// The promotion of a switchover may have been asked for: there is only forward.
    case finish(Switchover)
    /// The primary is lost.
    case replace(Replacement)
    /// Nobody is primary before a person, or a later observation, says who.
    case undecided(Step.Hold)

    /// How far the replacement of a lost primary is.
    package enum Replacement: Sendable, Equatable {
        case prepare(Failover.Preparation)
        case catchUp(Failover.CatchUp)
        case promote(Failover)
        /// Nobody can be promoted, for this reason: the old primary, which is whole, is started again.
        case startAgain(NodeName, because: String)
    }
}

/// The rows of the rules about roles, by name. `Planning/RoleRules` has their sentences.
package enum RoleRuleName: String, Sendable, CaseIterable {
    case replacedIsBack
    case chosenIsUnseen
    case successorIsDown
    case switchoverTargetIsUnseen
    case primaryIsDoubtful
    case onePrimary
    case switchoverIsUnfinished
    case switchoverHasVanished
    case primaryIsLost
    case noPrimaryYet
    case severalTakeWrites
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
