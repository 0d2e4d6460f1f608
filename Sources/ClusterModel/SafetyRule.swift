/// What holds a step back: a named rule, or a finding that stands against it.
package enum HoldRule: Sendable, Hashable {
    case safety(SafetyRule)
    case finding(Finding.Code)

    /// As plans and JSON have it.
    package var name: String {
        switch self {
        case .safety(let rule): rule.rawValue
        case .finding(let code): code.rawValue
        }
    }
}

/// The rules that hold steps, and the settings that do, by their keys in cluster.yaml.
package enum SafetyRule: String, Sendable, Hashable, CaseIterable {
    case after
    case nobodyWaitsForWhatIsHeld
    case nothingDestroyedUnseen
    case primaryIsKnown
    case primaryStays
    case standbysFirst
    case switchover
    // Who the primary is
    case onePrimary
    case fence
    case newestTimeline
    case systemIdentifier = "system_identifier"
    case priority
    // Making a first primary
    case bootstrapFrom = "bootstrap.from"
    case dataDirectory = "postgresql.data_directory"
    case seenBeforeCreation
    case nothingNewWhereSomethingLived
    case oneCreation
    case oneRecovery
    // Replacing a lost one
    case failoverOwner = "failover.owner"
    case failoverMode = "failover.mode"
    case failoverFence = "failover.fence"
    case failoverRejoin = "failover.rejoin"
    case failoverMinimumInterval = "failover.minimum_interval"
    case primaryIsLost
    case majority
    case candidates
    case sharedPreloadLibraries = "shared_preload_libraries"
}

extension SafetyRule {
    /// What it says, for `pgregent explain`.
    package var sentence: String {
        switch self {
        case .after: "It waits for a step that is held, or that has failed."
        case .nobodyWaitsForWhatIsHeld:
            "Clients are not held, nor standbys detached, for a change of which a part is held."
        case .nothingDestroyedUnseen: "Nothing is taken away while something declared is not seen."
        case .primaryIsKnown: "Nothing that depends on the primary is done before it is known which node that is."
        case .primaryStays: "What would stop the primary waits for a switchover."
        case .standbysFirst: "What restarts a primary is done on the standbys first."
        case .switchover: "Something stands against the planned change of primary."
        case .onePrimary: "Only one node may take writes, and nothing tells which."
        case .fence: "The node was replaced as primary and is fenced."
        case .newestTimeline: "Another node is on a newer timeline: somebody was promoted since."
        case .systemIdentifier: "Nothing tells that the node's data is this cluster's."
        case .priority: "No node with a positive priority may be primary."
        case .bootstrapFrom: "No node holds a database, and bootstrap.from is none."
        case .dataDirectory: "A server answers whose data is not in the declared directory."
        case .seenBeforeCreation: "A database is made only when every declared node was seen."
        case .nothingNewWhereSomethingLived: "A new cluster is not made where records or Barman tell of an earlier one."
        case .oneCreation: "A database is still being made elsewhere."
        case .oneRecovery: "A recovery from a backup is still at work."
        case .failoverOwner: "failover.owner lets repmgrd decide."
        case .failoverMode: "failover.mode is manual: `pgregent failover` is a person's decision."
        case .failoverFence: "Nothing keeps the old primary from taking writes."
        case .failoverRejoin: "failover.rejoin does not let the old primary come back by itself."
        case .failoverMinimumInterval:
            "A second automatic failover within failover.minimum_interval waits for a person."
        case .primaryIsLost: "It is not certain that the primary is lost."
        case .majority:
            "At most half of the declared nodes are reached: this may be the wrong side of a broken network."
        case .candidates: "No standby may take over; the reason names what stands against each."
        case .sharedPreloadLibraries: "The library of a declared extension or daemon is not loaded yet."
        }
    }
}
