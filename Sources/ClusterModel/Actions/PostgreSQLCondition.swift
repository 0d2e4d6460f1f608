/// What can be asked of PostgreSQL on a node.
package enum PostgreSQLCondition: Sendable, Hashable {
    /// A condition that is waited for says for how long.
    case accepts(NodeName, within: Duration)
    case takesWrites(NodeName, Promotion)
    case isStandby(NodeName)
    /// It is a standby, and no copy of it is unfinished.
    case isWholeStandby(NodeName)
    case lacksSlot(NodeName, String)
    case streamsAgain(NodeName)
    /// A standby has replayed a record of the primary's that sets this parameter to no more than that.
    case hasReplayed(NodeName, parameter: String, atMost: Int)
    /// - Parameter lacking: it was not promoted either where it lacks this position.
    case wasNotPromoted(NodeName, lacking: LSN?)
    case stopIsRecorded(RecordedStop, on: NodeName)
    case watchdogRuns(NodeName)
    case isDown(NodeName)
    case streamsNear(NodeName, from: NodeName)
    /// It has the log of the other up to that one's last checkpoint.
    case hasLogSinceCheckpoint(NodeName, of: NodeName)
    case isToldOf(Switchover, on: NodeName)
    case isFrozenStandby(NodeName)
    case receivesNothing(NodeName)
    case hasLog(NodeName, upTo: LSN)
    /// - Parameter since: the unfinished work that was observed.
    case nothingBegun(NodeName, since: UnfinishedWork?)
    case recordedFailoverUnchanged(NodeName, since: FailoverReplacement)
    case isFollowing(NodeName)

    /// What a node is waited for that takes writes.
    package enum Promotion: Sendable, Hashable {
        /// It was recovered from a backup, and is a server of its own.
        case recovery
        case switchover
        case failover
    }

    /// What must be so, for people: `vm2 takes writes`.
    var sentence: String {
        switch self {
        case .accepts(let node, _): "PostgreSQL on \(node) accepts connections"
        case .takesWrites(let node, _): "\(node) takes writes"
        case .isStandby(let node): "\(node) is a standby"
        case .isWholeStandby(let node): "\(node) is a standby, and no copy of it is unfinished"
        case .lacksSlot(let node, let slot): "slot \(slot) is missing on \(node)"
        case .streamsAgain(let node): "\(node) streams again"
        case .hasReplayed(let node, let parameter, let amount):
            "\(node) has replayed that the primary's \(parameter) is at most \(amount)"
        case .wasNotPromoted(let node, _): "\(node) was not promoted"
        case .stopIsRecorded: "nobody goes on with it"
        case .watchdogRuns(let node): "the guard runs on \(node)"
        case .isDown(let node): "nothing of PostgreSQL runs on \(node)"
        case .streamsNear(let node, _): "\(node) streams and is near"
        case .hasLogSinceCheckpoint(let node, let old): "\(node) has \(old)'s log up to its last checkpoint"
        case .isToldOf(_, let node): "the host of \(node) is told of the switchover"
        case .isFrozenStandby(let node): "\(node) is a standby and receives nothing"
        case .receivesNothing(let node): "\(node) receives nothing"
        case .hasLog(let node, let position): "\(node) has the log up to \(position)"
        case .nothingBegun(let node, _): "nothing was begun on \(node) since it was observed"
        case .recordedFailoverUnchanged(let node, _): "no other failover has left its mark on \(node)"
        case .isFollowing(let node): "\(node) is a standby and has an upstream"
        }
    }
}

// MARK: what each action requires

extension PostgreSQLAction {
    func preconditions(on target: HostName) -> [PostgreSQLCondition] {
        switch self {
        case .startStandby:
            // Another pgregent may have begun to rewind it, or to copy it anew, since it was observed.
            return [.isWholeStandby(target)]
        case .stopStandby: return [.isStandby(target)]
        case .createSlot(let slot, let node): return [.lacksSlot(node, slot)]
        case .stopReceiverForSwitchover(let switchover, _):
            return [.hasLogSinceCheckpoint(target, of: switchover.from)]
        case .demote(let switchover): return [.streamsNear(switchover.to, from: switchover.from)]
        case .startAgain(let restart): return restart.preconditions(on: target)
        case .startCrashed(let crash): return crash.preconditions
        case .catchUp: return [.isFrozenStandby(target)]
        case .noteFailover(let note): return note.isFrozen ? [.isFrozenStandby(target)] : []
        case .promoteForFailover(let promotion):
            return [.isFrozenStandby(target)] + (promotion.asksOld ? [.isDown(promotion.failover.from)] : [])
        case .setPassfile, .create, .recover, .carryOverRecord, .removeCreationMark, .grantRoles, .setParameters,
            .raiseParameters, .setHBA, .reload, .restart, .startWitness, .dropSlot, .dropStaleSlots, .installWatchdog,
            .removeWatchdog,
            .checkpoint, .reserveSlots, .noteSwitchover, .promoteForSwitchover, .endSwitchover, .fence,
            .fenceByCommand, .unfence, .stopReceiverForFailover, .follow, .endFailover:
            return []
        }
    }

    func postconditions(on target: HostName) -> [PostgreSQLCondition] {
        switch self {
        case .create: return [.accepts(target, within: .seconds(30))]
        case .recover: return [.accepts(target, within: .seconds(30)), .takesWrites(target, .recovery)]
        case .raiseParameters(_, let streams): return Self.running(target, streams: streams)
        case .restart(let restart): return Self.running(target, streams: restart.streams)
        case .startStandby, .startWitness, .startAgain, .startCrashed: return [.accepts(target, within: .seconds(60))]
        case .installWatchdog: return [.watchdogRuns(target)]
        case .stopReceiverForSwitchover(let switchover, let isNoted):
            // From then on nobody takes its note for an old one.
            return [.receivesNothing(target)] + (isNoted ? [.isToldOf(switchover, on: target)] : [])
        case .stopReceiverForFailover: return [.receivesNothing(target)]
        case .promoteForSwitchover: return [.takesWrites(target, .switchover)]
        case .promoteForFailover: return [.takesWrites(target, .failover)]
        case .fence: return [.isDown(target)]
        case .catchUp(_, let position): return [.hasLog(target, upTo: position)]
        case .noteFailover(let note): return note.restsOnStop ? [.nothingBegun(target, since: note.unfinishedWork)] : []
        case .follow(_, let occasion):
            switch occasion {
            case .stoppedForFailover, .lingering: return [.isFollowing(target)]
            case .switchover, .failover: return []
            }
        case .setPassfile, .carryOverRecord, .removeCreationMark, .grantRoles, .setParameters, .setHBA, .reload,
            .stopStandby,
            .createSlot, .dropSlot, .dropStaleSlots, .removeWatchdog, .checkpoint, .reserveSlots, .noteSwitchover,
            .demote, .endSwitchover, .fenceByCommand, .unfence, .endFailover:
            return []
        }
    }

    private static func running(_ node: NodeName, streams: Bool) -> [PostgreSQLCondition] {
        [.accepts(node, within: .seconds(60))] + (streams ? [.streamsAgain(node)] : [])
    }
}

extension CrashedPrimary {
    /// Nobody who is seen may have been promoted, and no other failover may have begun: on its own host the record itself is
    /// swapped.
    fileprivate var preconditions: [PostgreSQLCondition] {
        standbys.map { .wasNotPromoted($0, lacking: nil) }
            + others.sorted { $0.key < $1.key }.map { .recordedFailoverUnchanged($0.key, since: $0.value) }
    }
}

extension RestartAfterStop {
    /// Whoever goes on with that switchover in this very moment must not be overtaken: nobody may take writes, the mark must say
    /// what it said, and a target that had not got all of the log must still lack some.
    fileprivate func preconditions(on target: NodeName) -> [PostgreSQLCondition] {
        let untouched = others.map { other -> PostgreSQLCondition in
            let isTarget = mark?.phase == .promoting && other == mark?.to
            return .wasNotPromoted(other, lacking: isTarget ? checkpoint : nil)
        }
        return untouched + (mark.map { [.stopIsRecorded($0, on: target)] } ?? [])
    }
}
