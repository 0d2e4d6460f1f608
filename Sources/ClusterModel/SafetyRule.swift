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
