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
                Operation(
                    "mark \(old.node.name): stopping", on: old.node.name, as: old.owner,
                    .script(SecretText(markStopping))),
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
                    Scripts.demote, ["stopping": mark(.stopping)], after: [proveDown, FastService.stop(old.node)]
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

    private func mark(_ phase: SwitchoverMark.Phase) -> String {
        SwitchoverMark(to: new.node.name, phase: phase).text
    }

    private var markStopping: String {
        old.writeMark.calling("write_mark \(Quoting.shell(mark(.stopping)))").description
    }

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
                "promoting": mark(.promoting),
            ], after: [old.writeMark])
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
        let file = Quoting.shell(layout.switchoverNote)
        let text = Quoting.shell(switchover.note)
        return script("note the switchover", "printf %s \(text) >\(file).new && mv \(file).new \(file)")
    }

    /// Defines `write_mark`.
    var writeMark: ShellProgram {
        ShellProgram(Scripts.switchoverMark, ["switchover_mark": layout.switchoverMark])
    }

    /// The restart during which clients are held, marked while it lasts: a run that ends in the middle is finished by the next.
    var heldRestart: [Operation] {
        let file = Quoting.shell(layout.switchoverMark)
        let mark = SwitchoverMark(to: node.name, phase: .restarting).text
        let unmark = "rm -f \(file)"
        let title = "restart PostgreSQL on \(node.name)"
        if let command = FastService.managed(node, .restart) {
            return [
                Operation(
                    "mark \(node.name): restarting", on: node.name, as: owner,
                    .script(SecretText(writeMark.calling("write_mark \(Quoting.shell(mark))").description))),
                Operation(title, on: node.name, as: layout.serviceAccount, .script(SecretText(command))),
                Operation("remove the mark of the restart", on: node.name, as: owner, .script(SecretText(unmark))),
            ]
        }
        let program = ShellProgram(
            Scripts.heldRestart, ["restarting": mark],
            after: [writeMark, FastService.stop(node), FastService.start(node)])
        return [Operation(title, on: node.name, as: owner, .script(SecretText(program.description)))]
    }
}
