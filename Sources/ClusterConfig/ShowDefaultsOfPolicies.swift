import ClusterModel

extension Written {
    init(_ spec: BootstrapSpec) {
        switch spec {
        case .none: self = .keys([("from", .text("none"))])
        case .initdb: self = .keys([("from", .text("initdb"))])
        case .barman(let backup, let targetTime):
            self = .keys([
                ("from", .text("barman")), ("backup", backup.map { .text($0) }),
                ("target_time", targetTime.map { .text($0) }),
            ])
        }
    }

    init(_ preferred: PreferredPrimary) {
        switch preferred {
        case .none: self = .text("none")
        case .highestPriority: self = .text("highest_priority")
        case .node(let name): self = .text(name)
        }
    }

    init(_ spec: SwitchoverSpec) {
        self = .keys([
            ("mode", Written(spec.mode)),
            ("pause_timeout", Written(spec.pauseTimeout)),
            ("maximum_lag", Written(spec.maximumLag)),
        ])
    }

    init(_ spec: FailoverSpec) {
        self = .keys([
            ("mode", Written(spec.mode)),
            ("owner", Written(spec.owner)),
            ("reconnect_attempts", Written(spec.reconnectAttempts)),
            ("reconnect_interval", Written(spec.reconnectInterval)),
            ("response_timeout", Written(spec.responseTimeout)),
            ("maximum_lag", Written(spec.maximumLag)),
            ("fence", Written(spec.fence)),
            ("fence_command", spec.fenceCommand.map { .text($0) } ?? .plain("null")),
            ("rejoin", Written(spec.rejoin)),
            ("guard", Written(spec.guard)),
            ("minimum_interval", Written(spec.minimumInterval)),
        ])
    }

    init(_ spec: DurabilitySpec) {
        self = .keys([
            ("mode", Written(spec.mode)),
            ("standbys", Written(spec.standbys)),
            ("strict", Written(spec.strict)),
        ])
    }

    init(_ spec: ReconcileSpec) {
        self = .keys([
            ("interval", Written(spec.interval)),
            ("command_timeout", Written(spec.commandTimeout)),
            ("clone_timeout", Written(spec.cloneTimeout)),
        ])
    }
}
