/// What repmgr is asked to do, and what is done to it. The target is the node in question.
package enum RepmgrAction: Sendable, Hashable {
    /// - Parameter observed: what repmgr.conf held; nil: it is missing.
    case configure(file: String, differing: [Setting], observed: String?, daemonRuns: Bool)
    case clone(Clone)
    /// - Parameter now: whom it streams from; nil: nobody.
    case follow(NodeName, now: NodeName?, primary: NodeName)
    /// The old primary of a switchover comes back as a standby: the new one has all of its log.
    case rejoin(NodeName, primary: NodeName)
    /// A replaced primary comes back: its log beyond the fork is taken back, and it follows.
    case rewind(Rewind)
    /// Everything points right, and PostgreSQL tries again by itself.
    case reconnect(NodeName, primary: NodeName)
    case register(Registration)
    /// - Parameter primary: whose registry it is taken out of.
    case unregister(RecordType, primary: NodeName)
    case startDaemon
    case pauseDaemon
    case unpauseDaemon

    package var name: ActionName {
        switch self {
        case .configure: .repmgrConfigure
        case .clone: .repmgrClone
        case .follow: .repmgrFollow
        case .rejoin, .rewind: .repmgrRejoin
        case .reconnect: .repmgrReconnect
        case .register: .repmgrRegister
        case .unregister: .repmgrUnregister
        case .startDaemon: .repmgrStartDaemon
        case .pauseDaemon: .repmgrPause
        case .unpauseDaemon: .repmgrUnpause
        }
    }

    var change: Step.Change {
        switch self {
        case .configure(_, _, let observed, _): observed == nil ? .add : .change
        case .clone: .add
        case .register(let registration): registration.mismatches == nil ? .add : .change
        case .unregister: .destroy
        case .follow, .rejoin, .rewind, .reconnect, .startDaemon, .pauseDaemon, .unpauseDaemon: .change
        }
    }

    var disruption: Step.Disruption {
        switch self {
        case .clone(let clone): clone.stopsFirst ? .stop : .none
        case .rewind(let rewind): rewind.stopsFirst ? .stop : .none
        case .configure, .follow, .rejoin, .reconnect, .register, .unregister, .startDaemon, .pauseDaemon,
            .unpauseDaemon:
            .none
        }
    }

    var traits: ActionTraits {
        switch self {
        case .clone, .rewind: .copiesData
        case .follow: .leadsReceiver
        case .configure, .rejoin, .reconnect, .register, .unregister, .startDaemon, .pauseDaemon, .unpauseDaemon: []
        }
    }

    /// It changes the record of its target (`HostRecord`), and cannot be done where that cannot be written.
    var writesRecord: Bool {
        switch self {
        case .clone, .rewind, .pauseDaemon, .unpauseDaemon: true
        case .register(let registration): registration.removesMark
        case .configure, .follow, .rejoin, .reconnect, .unregister, .startDaemon: false
        }
    }
}

/// The types of repmgr.nodes.
package enum RecordType: String, Sendable, Hashable {
    case primary, standby, witness
}

/// Copies the primary's data, starts the copy and registers it.
package struct Clone: Sendable, Hashable {
    package var upstream: NodeName
    /// The primary, in whose registry the copy is registered.
    package var primary: NodeName
    /// postgresql.conf and what belongs to it is on the host already.
    package var hasConfiguration: Bool
    /// An earlier copy was not finished.
    package var isRetry: Bool
    package var size: SizeEstimate?
    /// What is there is a replaced primary's, and `failover.rejoin: clone` gives it up.
    package var givesUpData = false
    /// Its server runs, and is stopped before.
    package var stopsFirst = false
    /// A copy that begins finds out whether the node that it copies from was replaced since it was observed.
    package var unlessReplacedSince: FailoverReplacement

    package init(
        from upstream: NodeName, primary: NodeName, hasConfiguration: Bool, isRetry: Bool, size: UInt64?,
        unlessReplacedSince mark: RecordedFailover?
    ) {
        self.upstream = upstream
        self.primary = primary
        self.hasConfiguration = hasConfiguration
        self.isRetry = isRetry
        self.size = size.map { SizeEstimate($0) }
        unlessReplacedSince = FailoverReplacement(mark)
    }
}

package struct Rewind: Sendable, Hashable {
    package var upstream: NodeName
    package var primary: NodeName
    /// Crash recovery has nothing to do.
    package var isStoppedInOrder: Bool
    /// It is a running standby that is past the fork.
    package var stopsFirst: Bool
    package var unlessReplacedSince: FailoverReplacement

    package init(
        onto upstream: NodeName, primary: NodeName, isStoppedInOrder: Bool, stopsFirst: Bool,
        unlessReplacedSince mark: RecordedFailover?
    ) {
        self.upstream = upstream
        self.primary = primary
        self.isStoppedInOrder = isStoppedInOrder
        self.stopsFirst = stopsFirst
        unlessReplacedSince = FailoverReplacement(mark)
    }
}

/// Bringing a node's record to the truth.
package struct Registration: Sendable, Hashable {
    package var type: RecordType
    package var upstream: NodeName?
    package var primary: NodeName
    /// What the record says and is not so; nil: there is no record.
    package var mismatches: [RecordMismatch]?
    /// A copy that an earlier run had made is finished by it.
    package var removesMark: Bool

    package init(
        as type: RecordType, upstream: NodeName?, primary: NodeName, mismatches: [RecordMismatch]?, removesMark: Bool
    ) {
        self.type = type
        self.upstream = upstream
        self.primary = primary
        self.mismatches = mismatches
        self.removesMark = removesMark
    }
}

/// One field of a record that is not true.
package enum RecordMismatch: Sendable, Hashable, CustomStringConvertible {
    case field(String, has: String, should: String)
    /// The record says that the node is down, and it runs.
    case inactive
    case conninfo

    package var description: String {
        switch self {
        case .field(let name, let has, let should):
            "\(name): \(has.isEmpty ? "-" : has) -> \(should.isEmpty ? "-" : should)"
        case .inactive: "inactive: it runs"
        case .conninfo: "conninfo"
        }
    }
}
