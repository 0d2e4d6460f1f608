import ClusterModel
import HostAccess

/// PostgreSQL's part of replacing a lost primary, on one node.
extension NodeCommands {
    // MARK: the old primary

    /// Stops it at once, ends what a dead postmaster has left behind, and keeps it from starting with the machine.
    var fence: [Operation] {
        [
            script("mark \(node.name): fenced", recordFence),
            Operation(
                "keep PostgreSQL on \(node.name) from starting with the machine", on: node.name,
                as: layout.serviceAccount, .script(SecretText(keepDown))),
            script("stop PostgreSQL on \(node.name) at once", stopAtOnce),
        ]
    }

    /// `failover.fence_command`, on pgregent's own machine.
    func fence(by command: String) -> Operation {
        let filled = command.replacing("{node}", with: Quoting.shell(node.name)).replacing(
            "{host}", with: Quoting.shell(node.host))
        return Operation("fence \(node.name)", on: node.name, as: owner, .local(filled))
    }

    /// It may start with the machine again.
    var liftFence: [Operation] {
        [
            Operation(
                "let PostgreSQL on \(node.name) start with the machine", on: node.name, as: layout.serviceAccount,
                .script(SecretText(letStart))),
            record("remove the mark of the fence", RecordFile.removing(HostRecord.fence)),
        ]
    }

    /// What its record says of a failover is written anew first, in the same words: so whoever is about to promote another in its
    /// place notices. And then that it is started, since the second time within `failover.minimum_interval` a person decides.
    func startCrashed(_ crash: CrashedPrimary) -> [Operation] {
        let seen = crash.replaces.observed ?? RecordedFailover(phase: .done, replaces: node.name, fence: .nothing)
        let start = ShellProgram(
            Scripts.recordStart, ["section": HostRecord.start, "time": HostRecord.startTime],
            after: [layout.record.functions])
        return [
            mark(
                seen.phase, replaces: seen.replaces, fence: seen.fence, chosen: seen.chosen, instead: crash.replaces,
                keepsTime: true), script("record the start", start.description),
        ] + (crash.isFenced ? liftFence : []) + [startAgain]
    }

    private var recordFence: String {
        ShellProgram(
            Scripts.recordFence, ["fence": HostRecord.fence], after: [layout.recordOfStopped.functions]
        ).description
    }

    private var startFile: String { node.postgresql.configDirectory + "/start.conf" }

    /// What remembers in start.conf that it said `auto`.
    private static let wasAuto = "# auto, before pgregent fenced this node"

    private var keepDown: String {
        switch node.postgresql.service {
        case .pgCtlCluster:
            ShellProgram(Scripts.keepDown, ["start_file": startFile, "was_auto": Self.wasAuto]).description
        case .systemd(let unit):
            "systemctl disable \(Quoting.shell(unit ?? "postgresql@\(node.postgresql.version)-\(layout.debianName)"))"
        case .commands, .pgCtl, .pgbouncer: "true"
        }
    }

    private var letStart: String {
        switch node.postgresql.service {
        case .pgCtlCluster:
            ShellProgram(Scripts.letStart, ["start_file": startFile, "was_auto": Self.wasAuto]).description
        case .systemd(let unit):
            "systemctl enable \(Quoting.shell(unit ?? "postgresql@\(node.postgresql.version)-\(layout.debianName)"))"
        case .commands, .pgCtl, .pgbouncer: "true"
        }
    }

    private var stopAtOnce: String {
        ShellProgram(Scripts.stopAtOnce, after: [ServerProcesses.find(node)]).description
    }

    // MARK: standbys

    /// Stops the receiver for good (a reload ends it when primary_conninfo changes, PostgreSQL 13 and later), so that
    /// the position cannot move between the comparison and the promotion.
    func stopReceiver(for lost: NodeName, fence: Failover.Fence, writes replacement: FailoverReplacement?)
        -> [Operation]
    {
        (replacement.map { [mark(.frozen, replaces: lost, fence: fence, instead: $0)] } ?? []) + stopReceiver
    }

    var stopReceiver: [Operation] {
        [session("forget the upstream on \(node.name)", "ALTER SYSTEM SET primary_conninfo = ''"), reload]
    }

    /// Lets its receiver go on, from another standby whose own is stopped, until it has all of that one's log.
    ///
    /// - Parameter conninfo: of that one, as a receiver uses it.
    func catchUp(conninfo: String) -> [Operation] {
        // A slot of this name is on the lost primary.
        [session("name no slot on \(node.name)", "ALTER SYSTEM SET primary_slot_name = ''")] + receive(conninfo)
    }

    /// Tells another standby's host who is about to be promoted: should that node vanish in the next moment, nobody else
    /// is promoted before it is known what became of it.
    func note(_ note: FailoverNote) -> Operation {
        mark(
            .frozen, replaces: note.failover.from, fence: note.failover.fence, chosen: note.failover.to,
            instead: note.replaces)
    }

    func promote(_ promotion: FailoverPromotion) -> [Operation] {
        (promotion.isFenced ? liftFence : []) + [
            mark(
                .promoting, replaces: promotion.failover.from, fence: promotion.failover.fence,
                instead: promotion.replaces),
            session("promote \(node.name)", promoteUnlessItReceives),
        ]
    }

    /// In one statement: somebody who takes the old primary for alive may let its receiver go on in the moment before, and then
    /// the others. The cast of that text fails, and says it.
    private var promoteUnlessItReceives: String {
        """
        SELECT CASE WHEN current_setting('primary_conninfo') = '' AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver) \
        THEN pg_promote(false) \
        ELSE ('not promoted, since it was told to receive again; in recovery: ' || pg_is_in_recovery())::boolean END
        """
    }

    /// Lets its receiver go on, towards the new primary. Under quorum commit clients wait for this, so it is done over
    /// the open sessions; repmgr's record follows.
    ///
    /// - Parameter conninfo: of the new primary, as a receiver uses it.
    func follow(_ upstream: NodeSpec, conninfo: String, slot: String?) -> [Operation] {
        var operations: [Operation] = []
        if let slot {
            let name = Quoting.literal(slot)
            operations = [
                Operation(
                    "make slot \(slot) on \(upstream.name)", on: upstream.name,
                    as: .named(upstream.postgresql.osUser),
                    .session(
                        database: database,
                        "SELECT pg_create_physical_replication_slot(\(name), true) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = \(name))"
                    )),
                session("name the slot on \(node.name)", "ALTER SYSTEM SET primary_slot_name = \(name)"),
            ]
        }
        return operations + receive(conninfo)
    }

    /// The failover is over for this standby.
    func endFailover(_ mark: RecordedFailover) -> Operation {
        self.mark(
            .done, replaces: mark.replaces, fence: mark.fence, instead: FailoverReplacement(mark), keepsTime: true)
    }

    /// - Parameter keepsTime: the record keeps the time of the one before: when the failover was that is over now.
    private func mark(
        _ phase: RecordedFailover.Phase, replaces lost: NodeName, fence: Failover.Fence, chosen: NodeName? = nil,
        instead replacement: FailoverReplacement, keepsTime: Bool = false
    ) -> Operation {
        let mark = RecordedFailover(phase: phase, replaces: lost, fence: fence, chosen: chosen)
        let program = ShellProgram(
            Scripts.recordFailover,
            [
                "words": mark.words, "id_line": RecordedFailover.idLine, "time_line": RecordedFailover.timeLine,
                "keeps_time": keepsTime ? "yes" : "no",
            ], after: [failoverUnchanged(since: replacement)])
        return script("mark \(node.name): \(phase.rawValue)", program.description)
    }

    /// Defines `no_other_failover`.
    func failoverUnchanged(since replacement: FailoverReplacement) -> ShellProgram {
        layout.record.failoverUnchanged(since: replacement.observed)
    }

    // MARK: parts

    /// Its receiver goes on, from there.
    private func receive(_ conninfo: String) -> [Operation] {
        [
            session(
                "name the upstream on \(node.name)",
                "ALTER SYSTEM SET primary_conninfo = \(Quoting.literal(conninfo))"),
            reload,
        ]
    }

    private var reload: Operation { session("reload on \(node.name)", "SELECT pg_reload_conf()") }
}
