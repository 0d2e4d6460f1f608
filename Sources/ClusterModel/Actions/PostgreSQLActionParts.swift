/// `work_mem: 4MB -> 8MB`: one value that is not as it should be.
package struct ValueChange: Sendable, Hashable, CustomStringConvertible {
    package var name: String
    /// Nil: there is none.
    package var from: String?
    package var to: String

    package init(_ name: String, from: String?, to: String) {
        self.name = name
        self.from = from
        self.to = to
    }

    package var description: String { "\(name): \(from ?? "-") -> \(to)" }
}

/// A size that is told to people: two that read the same are the same, however many bytes they differ by.
package struct SizeEstimate: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ bytes: UInt64) {
        description = "~\(ByteSize.rounded(bytes))"
    }
}

/// The managed blocks of a configuration that does not exist yet.
package struct ConfigurationBlocks: Sendable, Hashable {
    package var parameters: [Setting]
    package var hba: [String]

    package init(parameters: [Setting], hba: [String]) {
        self.parameters = parameters
        self.hba = hba
    }
}

/// The managed block of postgresql.conf as it shall be.
package struct ParameterBlock: Sendable, Hashable {
    package var settings: [Setting]
    /// What the file held when it was observed.
    package var observed: String?
    /// Nil: the parameters are in force, and the block is not as it should be.
    package var changes: [ValueChange]?

    package init(settings: [Setting], observed: String?, changes: [ValueChange]?) {
        self.settings = settings
        self.observed = observed
        self.changes = changes
    }
}

/// A restart for parameters that take effect at one only.
package struct ServerRestart: Sendable, Hashable {
    /// Their names.
    package var parameters: [String]
    /// It is a standby that streams, and must do so again before the next one is restarted.
    package var streams: Bool
    /// PgBouncer holds the clients meanwhile.
    package var holdsClients = false

    package init(parameters: [String], streams: Bool) {
        self.parameters = parameters
        self.streams = streams
    }
}

/// A role that repmgr or Barman needs on the primary.
package struct ServiceRole: Sendable, Hashable {
    package var name: String
    package var superuser = false
    package var replication = false
    package var memberOf: [String] = []
    package var password: SecretSource?
    package var isBackupRole = false

    package init(
        name: String, superuser: Bool = false, replication: Bool = false, memberOf: [String] = [],
        password: SecretSource?, isBackupRole: Bool = false
    ) {
        self.name = name
        self.superuser = superuser
        self.replication = replication
        self.memberOf = memberOf
        self.password = password
        self.isBackupRole = isBackupRole
    }
}

/// What a role lacks.
package struct RoleNeed: Sendable, Hashable {
    package var role: ServiceRole
    package var isMissing = false
    package var attributes = false
    package var password = false
    package var memberships: [String] = []
    package var grants: [String] = []
    /// The plan tells what is lacking; of a cluster that is made new everything is.
    package var isTold = true

    package init(_ role: ServiceRole) {
        self.role = role
    }

    package var isNothing: Bool { !attributes && !password && memberships.isEmpty && grants.isEmpty }

    var lacking: String {
        guard isTold, !isNothing else { return "" }
        guard !isMissing else { return "\(role.name): missing" }
        let all = (attributes ? ["attributes"] : []) + (password ? ["password"] : []) + memberships + grants
        return "\(role.name): \(all.joined(separator: ", "))"
    }
}

package struct DatabaseNeed: Sendable, Hashable {
    package var name: String
    package var owner: String

    package init(name: String, owner: String) {
        self.name = name
        self.owner = owner
    }
}

/// How the watchdog of a node (`failover.guard`) was found.
package enum WatchdogState: Sendable, Hashable {
    case missing
    /// Its program is right, and does not run.
    case stopped
    case differs
}

/// Starting a server that a switchover, a restart or its watchdog had stopped.
package struct RestartAfterStop: Sendable, Hashable {
    package var mark: RecordedStop?
    /// Of the stopped server; a target of the switchover that has it all may have been promoted.
    package var checkpoint: LSN?
    /// The other data nodes: none of them may have been promoted.
    package var others: [NodeName]

    package init(mark: RecordedStop?, checkpoint: LSN?, others: [NodeName]) {
        self.mark = mark
        self.checkpoint = checkpoint
        self.others = others
    }
}

/// Starting a primary again that has crashed, since nobody can take over from it.
package struct CrashedPrimary: Sendable, Hashable {
    /// Why nobody can.
    package var reason: String
    /// A failover has begun, and fenced it.
    package var isFenced: Bool
    /// What its own record tells of a failover. Whoever is about to promote somebody in its place changes that, too.
    package var replaces: FailoverReplacement
    /// What the other hosts that are seen tell of one.
    package var others: [NodeName: FailoverReplacement]
    /// Those of them whose servers answer.
    package var standbys: [NodeName]

    package init(
        reason: String, isFenced: Bool, replaces: FailoverReplacement, others: [NodeName: FailoverReplacement],
        standbys: [NodeName]
    ) {
        self.reason = reason
        self.isFenced = isFenced
        self.replaces = replaces
        self.others = others
        self.standbys = standbys
    }
}

/// A mark of a failover takes the place of the one that was observed, and of no other.
package struct FailoverReplacement: Sendable, Hashable {
    /// Nil: none was there.
    package let observed: RecordedFailover?

    package init(_ observed: RecordedFailover?) {
        self.observed = observed?.withoutAge
    }
}

/// Telling another host who is about to be promoted.
package struct FailoverNote: Sendable, Hashable {
    package var failover: Failover
    /// Its receiver was stopped. Somebody else who takes the old primary for alive may have let it go on meanwhile; then it
    /// could confirm commits that the new one never gets.
    package var isFrozen: Bool
    /// The promotion rests on that its server, stopped long since, has confirmed nothing.
    package var restsOnStop: Bool
    /// What was observed there of a copy.
    package var unfinishedWork: UnfinishedWork?
    package var replaces: FailoverReplacement

    package init(
        _ failover: Failover, isFrozen: Bool, restsOnStop: Bool = false, unfinishedWork: UnfinishedWork? = nil,
        replaces: FailoverReplacement
    ) {
        self.failover = failover
        self.isFrozen = isFrozen
        self.restsOnStop = restsOnStop
        self.unfinishedWork = unfinishedWork
        self.replaces = replaces
    }
}

package struct FailoverPromotion: Sendable, Hashable {
    package var failover: Failover
    /// Of the node that is promoted, as it was compared.
    package var position: LSN?
    /// The host of the node that is replaced can be asked once more whether it is down.
    package var asksOld: Bool
    /// It was a primary itself, has been rejoined, and still carries its fence: with it nobody would take it for the primary.
    package var isFenced: Bool
    package var replaces: FailoverReplacement
    /// Standbys that have more of the log and may not take over, with how far they have it.
    package var ahead: [NodeName: LSN]

    package init(
        _ failover: Failover, position: LSN?, asksOld: Bool, isFenced: Bool, replaces: FailoverReplacement,
        ahead: [NodeName: LSN] = [:]
    ) {
        self.ahead = ahead
        self.failover = failover
        self.position = position
        self.asksOld = asksOld
        self.isFenced = isFenced
        self.replaces = replaces
    }
}

/// Why a stopped receiver goes on.
package enum FollowOccasion: Sendable, Hashable {
    case switchover
    case failover
    /// It was stopped for a failover that an earlier run had begun.
    case stoppedForFailover
    /// It points nowhere, and its stream ends when it has replayed what it has received.
    case lingering
}
