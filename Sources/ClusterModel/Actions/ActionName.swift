/// How an action is called in a plan, in the journal and in JSON: `postgresql.promote`. The names are a promise to users.
///
/// Actions that do the same for another occasion share a name: there is never more than one of them for a target.
package enum ActionName: String, Sendable, Hashable, CaseIterable {
    case postgresqlPassfile = "postgresql.passfile"
    case postgresqlCreate = "postgresql.create"
    case postgresqlRecover = "postgresql.recover"
    case postgresqlCarryOver = "postgresql.carry-over"
    case postgresqlUnmark = "postgresql.unmark"
    case postgresqlRoles = "postgresql.roles"
    case postgresqlParameters = "postgresql.parameters"
    case postgresqlRaise = "postgresql.raise"
    case postgresqlHBA = "postgresql.hba"
    case postgresqlReload = "postgresql.reload"
    case postgresqlRestart = "postgresql.restart"
    case postgresqlStart = "postgresql.start"
    case postgresqlStop = "postgresql.stop"
    case postgresqlSlot = "postgresql.slot"
    case postgresqlDropSlot = "postgresql.drop-slot"
    case postgresqlDropStaleSlots = "postgresql.drop-stale-slots"
    case postgresqlGuard = "postgresql.guard"
    case postgresqlUnguard = "postgresql.unguard"
    case postgresqlCheckpoint = "postgresql.checkpoint"
    case postgresqlReserve = "postgresql.reserve"
    case postgresqlNote = "postgresql.note"
    case postgresqlDetach = "postgresql.detach"
    case postgresqlDemote = "postgresql.demote"
    case postgresqlPromote = "postgresql.promote"
    case postgresqlStartAgain = "postgresql.start-again"
    case postgresqlStartCrashed = "postgresql.start-crashed"
    case postgresqlEndSwitchover = "postgresql.end-switchover"
    case postgresqlFence = "postgresql.fence"
    case postgresqlUnfence = "postgresql.unfence"
    case postgresqlFreeze = "postgresql.freeze"
    case postgresqlCatchUp = "postgresql.catch-up"
    case postgresqlAttach = "postgresql.attach"
    case postgresqlEndFailover = "postgresql.end-failover"

    case repmgrConfigure = "repmgr.configure"
    case repmgrClone = "repmgr.clone"
    case repmgrFollow = "repmgr.follow"
    case repmgrRejoin = "repmgr.rejoin"
    case repmgrReconnect = "repmgr.reconnect"
    case repmgrRegister = "repmgr.register"
    case repmgrUnregister = "repmgr.unregister"
    case repmgrStartDaemon = "repmgr.start-daemon"
    case repmgrPause = "repmgr.pause"
    case repmgrUnpause = "repmgr.unpause"

    case pgbouncerRewrite = "pgbouncer.rewrite"
    case pgbouncerAuth = "pgbouncer.auth"
    case pgbouncerStart = "pgbouncer.start"
    case pgbouncerRestart = "pgbouncer.restart"
    case pgbouncerReload = "pgbouncer.reload"
    case pgbouncerResume = "pgbouncer.resume"
    case pgbouncerEndStrays = "pgbouncer.end-strays"
    case pgbouncerStage = "pgbouncer.stage"
    case pgbouncerPause = "pgbouncer.pause"
    case pgbouncerPlace = "pgbouncer.place"
    case pgbouncerRoute = "pgbouncer.route"
    case pgbouncerRelease = "pgbouncer.release"

    case barmanConfigure = "barman.configure"
    case barmanPassfile = "barman.passfile"
    case barmanAlias = "barman.alias"
    case barmanSlot = "barman.slot"
    case barmanDropSlot = "barman.drop-slot"
    case barmanReceive = "barman.receive"
    case barmanFirstWAL = "barman.first-wal"
    case barmanLetIn = "barman.let-in"
    case barmanLetOut = "barman.let-out"

    case clusterSwitchover = "cluster.switchover"
    case clusterFailover = "cluster.failover"
    case clusterDecide = "cluster.decide"
    case clusterRejoin = "cluster.rejoin"

    /// Without the system: `promote`.
    package var verb: String {
        let name = rawValue
        return name.firstIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name
    }
}

/// What a step is known by within a plan, and the same for the same need: `repmgr.clone.vm3`.
package struct StepID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var name: ActionName
    package var target: HostName

    package init(_ name: ActionName, _ target: HostName) {
        self.name = name
        self.target = target
    }

    package var description: String { "\(name.rawValue).\(target)" }

    package static func < (left: StepID, right: StepID) -> Bool {
        left.name == right.name ? left.target < right.target : left.name.rawValue < right.name.rawValue
    }
}
