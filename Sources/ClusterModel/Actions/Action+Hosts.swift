extension Step {
    /// The hosts on which its operations run, pgregent's own machine apart.
    package var hosts: Set<HostName> {
        switch action {
        case .postgresql(let action): action.hosts(on: target)
        case .repmgr(let action): action.hosts(on: target)
        case .pgbouncer: [target]
        case .barman(let action): action.hosts(on: target)
        case .decision: []
        }
    }

    /// The nodes to which it talks over sessions that are open already: their servers must run.
    package var sessions: Set<NodeName> {
        guard case .postgresql(let action) = action else { return [] }
        return switch action {
        case .reserveSlots, .stopReceiverForSwitchover, .stopReceiverForFailover, .catchUp, .promoteForSwitchover,
            .promoteForFailover:
            [target]
        case .follow(let upstream, _): [target, upstream]
        case .setPassfile, .create, .recover, .carryOverRecord, .removeCreationMark, .grantRoles, .setParameters,
            .raiseParameters, .setHBA, .reload, .restart, .startStandby, .startWitness, .stopStandby, .createSlot,
            .dropSlot,
            .dropStaleSlots, .installWatchdog, .removeWatchdog, .checkpoint, .noteSwitchover, .demote, .startAgain,
            .startCrashed,
            .endSwitchover, .fence, .fenceByCommand, .unfence, .noteFailover, .endFailover:
            []
        }
    }
}

extension PostgreSQLAction {
    fileprivate func hosts(on target: HostName) -> Set<HostName> {
        switch self {
        case .createSlot(_, let keeper), .dropSlot(_, let keeper): [keeper]
        // The target of the switchover proves that it has the log; the old primary tells where that ends.
        case .demote(let switchover): [switchover.from, switchover.to]
        case .promoteForSwitchover(let switchover, let proves): proves ? [target, switchover.from] : [target]
        case .follow(let upstream, _): [target, upstream]
        case .fenceByCommand: []
        case .recover(_, _, let backupHost): [target, backupHost]
        case .setPassfile, .create, .carryOverRecord, .removeCreationMark, .grantRoles, .setParameters,
            .raiseParameters, .setHBA, .reload, .restart, .startStandby, .startWitness, .stopStandby, .dropStaleSlots,
            .installWatchdog,
            .removeWatchdog, .checkpoint, .reserveSlots, .noteSwitchover, .stopReceiverForSwitchover, .startAgain,
            .startCrashed,
            .endSwitchover, .fence, .unfence, .stopReceiverForFailover, .catchUp, .noteFailover, .promoteForFailover,
            .endFailover:
            [target]
        }
    }
}

extension RepmgrAction {
    fileprivate func hosts(on target: HostName) -> Set<HostName> {
        switch self {
        case .rewind(let rewind): [target, rewind.upstream]
        case .unregister(_, let primary): [primary]
        case .clone(let clone): clone.hasConfiguration ? [target] : [target, clone.primary]
        case .reconnect: []
        case .configure, .follow, .rejoin, .register, .startDaemon, .pauseDaemon, .unpauseDaemon: [target]
        }
    }
}

extension BarmanAction {
    fileprivate func hosts(on target: HostName) -> Set<HostName> {
        switch self {
        case .configure, .setPassfile, .setAlias, .createSlot, .dropSlot: [target]
        case .receive(let start): start.isGone ? [target, start.source] : [target]
        case .archiveFirstSegment(let source): [target, source]
        case .authorize(let access, _, _): [access.from, access.to]
        }
    }
}
