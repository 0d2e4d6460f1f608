extension PostgreSQLAction {
    func words(on target: HostName) -> Words {
        switch self {
        case .setPassfile(let account, _):
            Words(
                "set entries of ~\(account)/.pgpass",
                because: "the host needs the declared password to reach the other nodes")
        case .create:
            Words(
                "new database cluster, and start it",
                because: "bootstrap.from is initdb and no declared node holds a database")
        case .recover(let recovery, _, _):
            Words(
                "from Barman's backup \(recovery.backup), "
                    + (recovery.targetTime.map { "to \($0)" } ?? "to the end of its log"),
                detail: recovery.sizeInBytes.map { "\(SizeEstimate($0))" } ?? "",
                because: "bootstrap.from is barman and no declared node holds a database")
        case .carryOverRecord(let endings):
            Words(
                "put into one record what an earlier version remembered", detail: endings.joined(separator: ", "),
                because: "nothing is decided before it is read")
        case .removeCreationMark:
            Words(
                "remove the mark of a finished creation", because: "an earlier run ended before it did so")
        case .grantRoles(let needs, let database):
            Words(
                (needs.map(\.role.name) + (database.map { ["database \($0.name)"] } ?? [])).joined(separator: ", "),
                detail: needs.map(\.lacking).filter { !$0.isEmpty }.joined(separator: "; "),
                because: "repmgr and Barman need these roles, their passwords and grants")
        case .installWatchdog(let state, _): state.words(on: target)
        case .setParameters(let block):
            Words(
                "set parameters", detail: Self.text(block.changes),
                because: "postgresql.parameters differ from what the server uses")
        case .raiseParameters(let block, _):
            Words(
                "raise parameters, restart PostgreSQL", detail: Self.text(block.changes),
                because: "raised before the primary, since a standby must not have less; lowered after it")
        case .setHBA:
            Words(
                "set managed block of pg_hba.conf",
                because: "the managed block differs from postgresql.hba and what the declared services need")
        case .reload(let unread):
            Words(
                "reload the configuration", detail: unread.joined(separator: ", "),
                because: "the file is right, but the server has not read it")
        case .restart(let restart):
            Words(
                restart.holdsClients ? "restart PostgreSQL, its clients held" : "restart PostgreSQL",
                detail: restart.parameters.joined(separator: ", "),
                because: "a changed parameter takes effect at a restart only")
        case .startStandby(let state):
            Words("start the stopped standby", because: "no postmaster runs; control file: \(state)")
        case .startWitness(let state):
            Words("start the stopped witness", because: "no postmaster runs; control file: \(state)")
        case .stopStandby: Words("stop the standby; its data stays", because: "ensure is absent")
        case .createSlot(let slot, let node):
            Words(
                "create slot \(slot) on \(node)",
                because: "\(target) streams from \(node) through this slot, and it does not exist")
        case .dropSlot(let slot, let node):
            Words("\(slot) on \(node)", because: "ensure is absent: the slot would keep write-ahead log for ever")
        case .dropStaleSlots(let slots):
            Words(
                slots.joined(separator: ", "),
                because: "its standby streams from another node: the slot would keep log for ever")
        case .checkpoint:
            Words("CHECKPOINT", because: "the stop that clients wait for has then little left to write")
        case .reserveSlots(let slots):
            Words(slots.joined(separator: ", "), because: "the slots that others will stream through")
        case .noteSwitchover(let switchover):
            Words(
                "\(switchover.to) is about to be promoted in place of \(switchover.from)",
                because: "should both of them vanish, it is known here that either may take writes")
        case .stopReceiverForSwitchover(let switchover, _):
            Words(
                "from \(switchover.from), until \(switchover.to) is the primary",
                because: "the stop of \(switchover.from) waits for all that stream from it")
        case .demote(let switchover):
            Words(
                "stop; \(switchover.to) must have all of its log",
                because: "only one node may take writes, and no commit may be lost")
        case .promoteForSwitchover(let switchover, _):
            Words(
                "the new primary", because: "\(switchover.from) is down, and \(switchover.to) has all of its log")
        case .startAgain(let restart): restart.words
        case .endSwitchover: Words("remove the mark of a switchover", because: "the switchover is over")
        case .startCrashed(let crash):
            Words(
                "start it again" + (crash.isFenced ? ", and lift its fence" : ""),
                detail: "nobody can take over: \(crash.reason)",
                because: "it crashed, its data is whole, and nobody was promoted in its place")
        case .fence:
            Words(
                "stop it and keep it down",
                because: "it is replaced as primary: nothing may be acknowledged by it any more")
        case .fenceByCommand:
            Words("failover.fence_command", because: "it is replaced as primary, and its host does not answer")
        case .unfence: Words("remove the fence", because: "it has been rejoined as a standby")
        case .stopReceiverForFailover(let lost, _, _):
            Words(
                "stop its receiver", because: "\(lost) is lost: positions are compared while nothing arrives")
        case .catchUp(let source, let position):
            Words(
                "from \(source)",
                because: "\(source) may have confirmed commits up to \(position), and cannot take over itself")
        case .noteFailover(let note):
            Words(
                "\(note.failover.to) is about to be promoted in place of \(note.failover.from)",
                because: "from then on \(note.failover.to) may be the primary, whether it is seen or not")
        case .promoteForFailover(let promotion): promotion.words
        case .follow(let upstream, let occasion): Words("to \(upstream)", because: occasion.reason(upstream))
        case .endFailover: Words("it follows again", because: "the failover is over")
        case .removeWatchdog: Words("remove the guard", because: "failover.guard is not declared any more")
        }
    }

    private static func text(_ changes: [ValueChange]?) -> String {
        changes.map { $0.map(\.description).joined(separator: ", ") } ?? "managed block of postgresql.conf"
    }
}

extension WatchdogState {
    fileprivate func words(on target: HostName) -> Words {
        switch self {
        case .missing: Words("the guard", because: "failover.guard is declared, and no guard is on \(target)")
        case .stopped: Words("start the guard", because: "the guard does not run")
        case .differs: Words("the guard", because: "the guard is not as cluster.yaml says")
        }
    }
}

extension RestartAfterStop {
    fileprivate var words: Words {
        switch mark?.phase {
        case .restarting: Words("finish a restart", because: "it was stopped for a restart, which did not end")
        case .guarded:
            Words(
                "after its guard",
                because: "its guard stopped it when it saw nobody, and no other node was promoted")
        case .stopping, .promoting, nil:
            Words(
                "undo an unfinished switchover",
                because: "it was stopped for a switchover, and no other node was promoted")
        }
    }
}

extension FailoverPromotion {
    private var lost: String {
        let more = ahead.sorted { $0.key < $1.key }.map { "\($0.key) has it up to \($0.value)" }
        return more.isEmpty ? "" : "; \(more.joined(separator: ", ")) and may not take over: that is lost"
    }

    fileprivate var words: Words {
        let old = failover.from
        let fence =
            switch failover.fence {
            case .stopped: "\(old) is stopped"
            case .command: "\(old) is fenced by failover.fence_command"
            case .quorum: "\(old) cannot acknowledge a commit without the standbys at hand"
            case .nothing:
                "NOTHING keeps \(old) from taking writes where it can still be reached (failover.fence best_effort)"
            }
        return Words(
            "the new primary, in place of \(old)",
            detail: "at \(position?.description ?? "?"): what \(old) wrote beyond is not in it" + lost,
            because: "it has most of the log, and \(fence)")
    }
}

extension FollowOccasion {
    fileprivate func reason(_ upstream: NodeName) -> String {
        switch self {
        case .switchover, .failover: "\(upstream) is the new primary"
        case .stoppedForFailover: "its receiver was stopped for a failover"
        case .lingering: "its primary_conninfo is empty, and its stream ends when it has replayed what it has received"
        }
    }
}
