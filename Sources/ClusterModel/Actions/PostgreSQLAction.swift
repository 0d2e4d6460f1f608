/// What can be done to PostgreSQL on one node. The target of the step is that node, unless a case says otherwise.
package enum PostgreSQLAction: Sendable, Hashable {
    // Building
    case setPassfile(account: String, entries: [FileEdit.KeyedLine])
    case create(ConfigurationBlocks)
    /// - Parameter backupHost: from where Barman brings the backup.
    case recover(Recovery, ConfigurationBlocks, backupHost: HostName)
    /// What an earlier version remembered beside the data directory, in the files of these endings, goes into the record.
    case carryOverRecord([String])
    /// The mark of a creation that is over.
    case removeCreationMark
    case grantRoles([RoleNeed], database: DatabaseNeed?)

    // Configuration
    case setParameters(ParameterBlock)
    /// The first half of a change that both raises and lowers what a standby must not have less of than its primary.
    case raiseParameters(ParameterBlock, streams: Bool)
    /// - Parameter observed: what pg_hba.conf held when it was observed.
    case setHBA(lines: [String], observed: String?)
    case reload(unread: [String])
    case restart(ServerRestart)

    // Servers and slots
    case startStandby(state: String)
    case startWitness(state: String)
    case stopStandby
    /// The target is the standby that streams through it.
    case createSlot(String, on: NodeName)
    /// The target is the node that leaves.
    case dropSlot(String, on: NodeName)
    case dropStaleSlots([String])
    case installWatchdog(WatchdogState, observed: String?)
    case removeWatchdog

    // A planned change of primary
    case checkpoint
    case reserveSlots([String])
    case noteSwitchover(Switchover)
    case stopReceiverForSwitchover(Switchover, isNoted: Bool)
    case demote(Switchover)
    /// - Parameter proves: the old primary was stopped by an earlier run, which may have ended before its proof.
    case promoteForSwitchover(Switchover, proves: Bool)
    case startAgain(RestartAfterStop)
    case endSwitchover(mark: RecordedStop?, note: Switchover?, isStandby: Bool)

    // A lost primary
    /// Nobody can take over from it, and it is whole.
    case startCrashed(CrashedPrimary)
    case fence
    case fenceByCommand(String)
    case unfence
    case stopReceiverForFailover(of: NodeName, fence: Failover.Fence, writes: FailoverReplacement?)
    case catchUp(from: NodeName, upTo: LSN)
    case noteFailover(FailoverNote)
    case promoteForFailover(FailoverPromotion)
    /// A stopped receiver goes on, over the open session.
    case follow(NodeName, FollowOccasion)
    case endFailover(RecordedFailover)

    package var name: ActionName {
        switch self {
        case .setPassfile: .postgresqlPassfile
        case .create: .postgresqlCreate
        case .recover: .postgresqlRecover
        case .carryOverRecord: .postgresqlCarryOver
        case .removeCreationMark: .postgresqlUnmark
        case .grantRoles: .postgresqlRoles
        case .setParameters: .postgresqlParameters
        case .raiseParameters: .postgresqlRaise
        case .setHBA: .postgresqlHBA
        case .reload: .postgresqlReload
        case .restart: .postgresqlRestart
        case .startStandby, .startWitness: .postgresqlStart
        case .stopStandby: .postgresqlStop
        case .createSlot: .postgresqlSlot
        case .dropSlot: .postgresqlDropSlot
        case .dropStaleSlots: .postgresqlDropStaleSlots
        case .installWatchdog: .postgresqlGuard
        case .removeWatchdog: .postgresqlUnguard
        case .checkpoint: .postgresqlCheckpoint
        case .reserveSlots: .postgresqlReserve
        case .noteSwitchover, .noteFailover: .postgresqlNote
        case .stopReceiverForSwitchover: .postgresqlDetach
        case .demote: .postgresqlDemote
        case .promoteForSwitchover, .promoteForFailover: .postgresqlPromote
        case .startAgain: .postgresqlStartAgain
        case .startCrashed: .postgresqlStartCrashed
        case .endSwitchover: .postgresqlEndSwitchover
        case .fence, .fenceByCommand: .postgresqlFence
        case .unfence: .postgresqlUnfence
        case .stopReceiverForFailover: .postgresqlFreeze
        case .catchUp: .postgresqlCatchUp
        case .follow: .postgresqlAttach
        case .endFailover: .postgresqlEndFailover
        }
    }
}

// MARK: what an action is like

extension PostgreSQLAction {
    func change(_ cause: Step.Cause) -> Step.Change {
        switch self {
        case .setPassfile, .grantRoles: cause == .missing ? .add : .change
        case .create, .recover, .createSlot, .installWatchdog(.missing, _): .add
        case .stopStandby, .dropSlot, .dropStaleSlots, .removeWatchdog: .destroy
        case .carryOverRecord, .removeCreationMark, .setParameters, .raiseParameters, .setHBA, .reload, .restart,
            .startStandby,
            .startWitness, .installWatchdog, .checkpoint, .reserveSlots, .noteSwitchover, .stopReceiverForSwitchover,
            .demote, .promoteForSwitchover, .startAgain, .startCrashed, .endSwitchover, .fence, .fenceByCommand,
            .unfence,
            .stopReceiverForFailover, .catchUp, .noteFailover, .promoteForFailover, .follow, .endFailover:
            .change
        }
    }

    var disruption: Step.Disruption {
        switch self {
        case .setParameters, .setHBA, .reload: .reload
        case .raiseParameters, .restart: .restart
        case .stopStandby, .demote, .fence: .stop
        case .setPassfile, .create, .recover, .carryOverRecord, .removeCreationMark, .grantRoles, .startStandby,
            .startWitness, .createSlot, .dropSlot, .dropStaleSlots, .installWatchdog, .removeWatchdog, .checkpoint,
            .reserveSlots,
            .noteSwitchover, .stopReceiverForSwitchover, .promoteForSwitchover, .startAgain, .startCrashed,
            .endSwitchover, .fenceByCommand, .unfence, .stopReceiverForFailover, .catchUp, .noteFailover,
            .promoteForFailover, .follow,
            .endFailover:
            .none
        }
    }

    var traits: ActionTraits {
        switch self {
        case .restart(let restart): restart.holdsClients ? [.restartsServer, .clientsWait] : .restartsServer
        case .raiseParameters: .restartsServer
        case .follow(_, let occasion): occasion == .switchover ? [.leadsReceiver, .clientsWait] : .leadsReceiver
        // Nothing is begun after a request to stop but what lets go: from here on the change of primary is.
        case .stopReceiverForSwitchover: [.detachesReceiver, .clientsWait]
        case .demote, .startAgain: .clientsWait
        case .promoteForSwitchover: [.changesPrimary, .clientsWait]
        case .promoteForFailover: .changesPrimary
        case .fence, .fenceByCommand: .fences
        case .setPassfile, .create, .recover, .carryOverRecord, .removeCreationMark, .grantRoles, .setParameters,
            .setHBA, .reload, .startStandby, .startWitness, .stopStandby, .createSlot, .dropSlot, .dropStaleSlots,
            .installWatchdog,
            .removeWatchdog, .checkpoint, .reserveSlots, .noteSwitchover, .endSwitchover, .startCrashed, .unfence,
            .stopReceiverForFailover, .catchUp, .noteFailover, .endFailover:
            []
        }
    }

    /// It changes the record of its target (`HostRecord`), and cannot be done where that cannot be written.
    var writesRecord: Bool {
        switch self {
        case .restart(let restart): restart.holdsClients
        case .stopReceiverForFailover(_, _, let replacement): replacement != nil
        case .create, .recover, .carryOverRecord, .removeCreationMark, .installWatchdog, .noteSwitchover, .demote,
            .endSwitchover, .startCrashed, .fence, .unfence, .noteFailover, .promoteForFailover, .endFailover:
            true
        case .setPassfile, .grantRoles, .setParameters, .raiseParameters, .setHBA, .reload, .startStandby,
            .startWitness,
            .stopStandby, .createSlot, .dropSlot, .dropStaleSlots, .removeWatchdog, .checkpoint, .reserveSlots,
            .stopReceiverForSwitchover, .promoteForSwitchover, .startAgain, .fenceByCommand, .catchUp, .follow:
            false
        }
    }
}
