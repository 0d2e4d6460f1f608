/// Who acts: a person (shown as pending) or the daemon.
package enum Mode: String, Sendable, Codable { case manual, automatic }

/// The `switchover` section.
package struct SwitchoverSpec: Sendable, Equatable, Codable {
    package var mode = Mode.manual
    /// How long clients may be held; then everything is undone and resumed.
    package var pauseTimeout = Duration.seconds(5)
    package var maximumLag = ByteSize(bytes: 16 << 20)

    package init() {}
}

/// The `failover` section.
package struct FailoverSpec: Sendable, Equatable, Codable {
    package enum Owner: String, Sendable, Codable { case pgregent, repmgrd }
    package enum Fence: String, Sendable, Codable {
        case required
        case bestEffort = "best_effort"
    }
    package enum Rejoin: String, Sendable, Codable { case rewind, clone, never }

    package var mode = Mode.manual
    package var owner = Owner.pgregent
    package var reconnectAttempts = 3
    package var reconnectInterval = Duration.seconds(1)
    package var responseTimeout = Duration.seconds(2)
    package var maximumLag = ByteSize(bytes: 16 << 20)
    package var fence = Fence.required
    package var fenceCommand: String?
    package var rejoin = Rejoin.rewind
    package var `guard` = false
    package var minimumInterval = Duration.seconds(300)

    package init() {}

    /// repmgrd replaces a lost primary by itself; pgregent follows what it did.
    package var isRepmgrds: Bool { owner == .repmgrd && mode == .automatic }
}

/// The `durability` section.
package struct DurabilitySpec: Sendable, Equatable, Codable {
    package enum Mode: String, Sendable, Codable { case asynchronous, quorum, priority }

    package var mode = Mode.asynchronous
    package var standbys = 1
    package var strict = true

    package init() {}
}

/// The `reconcile` section.
package struct ReconcileSpec: Sendable, Equatable, Codable {
    package var interval = Duration.seconds(2)
    package var commandTimeout = Duration.seconds(30)
    package var cloneTimeout = Duration.seconds(24 * 3600)

    package init() {}
}
