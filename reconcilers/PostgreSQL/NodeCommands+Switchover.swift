import ClusterModel
import HostAccess

/// PostgreSQL's part of a planned change of primary, for both of its nodes.
struct SwitchoverCommands {
    private let old: NodeCommands
    private let new: NodeCommands
    /// Sessions of the cluster's own: pgregent's, repmgr's, Barman's.
    private let serviceRoles: [String]
    private let poolUsers: [String]

    init(old: NodeCommands, new: NodeCommands, spec: ClusterSpec) {
        self.old = old
        self.new = new
        serviceRoles = [spec.repmgr.user, spec.barman?.user, spec.barman?.streamingUser].compactMap { $0 }
        poolUsers = spec.pgbouncer?.users ?? []
    }

    /// Stops the old primary, and proves that the target lacks nothing of its log.
    func demote() -> [Operation] {
        let count = Operation(
            "count the connections that will end with \(old.node.name)", on: old.node.name, as: old.owner,
            .count(database: old.database, remaining))
        // Clients wait: what one account may do goes in one script.
        if let command = FastService.managed(old.node, .stop) {
            return [
                count,
                old.record("record the stop", RecordFile.writing(stop(.stopping))),
                Operation(
                    "stop PostgreSQL on \(old.node.name)", on: old.node.name, as: old.layout.serviceAccount,
                    .script(SecretText(command))),
                caughtUp(
                    "prove that \(new.node.name) has all of \(old.node.name)'s log",
                    script: proveDown.calling("prove_down").description),
            ]
        }
        return [
            count,
            caughtUp(
                "stop PostgreSQL on \(old.node.name), and prove that \(new.node.name) has all of its log",
                script: ShellProgram(
                    Scripts.demote, ["stopping": stop(.stopping).lines],
                    after: [proveDown, FastService.stop(old.node)]
                ).description),
        ]
    }

    func promote(proves: Bool) -> [Operation] {
        let proof =
            proves
            ? [caughtUp("prove that \(new.node.name) has all of \(old.node.name)'s log", script: controlFile)] : []
        return proof + [new.session("promote \(new.node.name)", "SELECT pg_promote(false)")]
    }

    /// With the pools paused, whoever is connected is connected past them. An idle connection of a pool's user may be one
    /// that PgBouncer keeps for its local pool, whose loss no client sees: it does not count.
    private var remaining: String {
        func list(_ names: [String]) -> String {
            names.isEmpty ? "NULL" : names.map { Quoting.literal($0) }.joined(separator: ", ")
        }
        return """
            SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() \
            AND usename NOT IN (\(list(serviceRoles))) \
            AND NOT (state = 'idle' AND coalesce(usename IN (\(list(poolUsers))), false))
            """
    }

    private func caughtUp(_ title: String, script: String) -> Operation {
        Operation(
            title, on: new.node.name, as: new.owner, .caughtUp(with: old.node.name, script: script), timeout: .immediate
        )
    }

    private func stop(_ phase: RecordedStop.Phase) -> RecordedStop { RecordedStop(to: new.node.name, phase: phase) }

    private var controlFile: String {
        let program = Quoting.shell(old.node.postgresql.binDirectory + "/pg_controldata")
        return "LC_ALL=C \(program) \(Quoting.shell(old.node.postgresql.dataDirectory))"
    }

    /// Defines `prove_down`.
    private var proveDown: ShellProgram {
        ShellProgram(
            Scripts.proveDown,
            [
                "data": old.node.postgresql.dataDirectory, "bin": old.node.postgresql.binDirectory,
                "promoting": stop(.promoting).lines,
            ], after: [old.layout.record.functions])
    }
}

extension NodeCommands {
    /// What a checkpoint has to write is written before clients are held, not while they wait for the stop.
    var checkpoint: Operation {
        Operation(
            "checkpoint on \(node.name)", on: node.name, as: owner,
            .sql(database: "postgres", "CHECKPOINT;", server: layout.localServer), timeout: .clone)
    }

    /// What the others will stream through is made on the target before anything stops, so that no log that they have
    /// not got can go in between.
    func reserveSlots(_ slots: [String]) -> Operation {
        let list = slots.map { "(\(Quoting.literal($0)))" }.joined(separator: ", ")
        return session(
            "make slots on \(node.name)",
            "SELECT pg_create_physical_replication_slot(name, true) FROM (VALUES \(list)) AS s(name) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = name)"
        )
    }

    /// Tells another standby's host what is under way.
    func note(_ switchover: Switchover) -> Operation {
        record("note the switchover", RecordFile.writing(switchover))
    }

    /// The restart during which clients are held, recorded while it lasts: a run that ends in the middle is finished by the next.
    var heldRestart: [Operation] {
        let restarting = RecordedStop(to: node.name, phase: .restarting)
        let title = "restart PostgreSQL on \(node.name)"
        if let command = FastService.managed(node, .restart) {
            return [
                record("record the restart", RecordFile.writing(restarting)),
                Operation(title, on: node.name, as: layout.serviceAccount, .script(SecretText(command))),
                record("record the end of the restart", RecordFile.removing(RecordedStop.name)),
            ]
        }
        let program = ShellProgram(
            Scripts.heldRestart, ["restarting": restarting.lines],
            after: [layout.record.functions, FastService.stop(node), FastService.start(node)])
        return [Operation(title, on: node.name, as: owner, .script(SecretText(program.description)))]
    }
}
