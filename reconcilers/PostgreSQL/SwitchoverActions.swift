package import ClusterModel
import HostAccess

/// PostgreSQL's part of a planned change of primary.
package struct SwitchoverActions {
    private let switchover: Switchover
    private let old: NodeSpec
    private let new: NodeSpec
    /// The database that pgregent's own sessions are connected to.
    private let database: String
    private let maximumLag: ByteSize
    /// Sessions of the cluster's own: pgregent's, repmgr's, Barman's.
    private let serviceRoles: [String]
    private let poolUsers: [String]

    package init?(_ switchover: Switchover, spec: ClusterSpec) {
        guard let old = spec.node(switchover.from), let new = spec.node(switchover.to) else { return nil }
        self.switchover = switchover
        self.old = old
        self.new = new
        database = spec.repmgr.database
        maximumLag = spec.switchover.maximumLag
        serviceRoles = [spec.repmgr.user, spec.barman?.user, spec.barman?.streamingUser].compactMap { $0 }
        poolUsers = spec.pgbouncer?.users ?? []
    }

    /// What a checkpoint has to write is written before clients are held, not while they wait for the stop.
    package func checkpoint() -> Step {
        HeldRestartActions(old).checkpoint(cause: .switchover)
    }

    /// What the others will stream through is made on the target before anything stops, so that no log that they have
    /// not got can go in between.
    package func reserve(_ slots: [String]) -> Step {
        var step = step(
            "reserve", on: new, summary: slots.joined(separator: ", "),
            reason: "the slots that others will stream through")
        let list = slots.map { "(\(Quoting.literal($0)))" }.joined(separator: ", ")
        step.operations = [
            Operation(
                "make slots on \(new.name)", on: new.name, as: owner(new),
                .session(
                    database: database,
                    "SELECT pg_create_physical_replication_slot(name, true) FROM (VALUES \(list)) AS s(name) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = name)"
                ))
        ]
        return step
    }

    /// Tells another standby's host what is under way.
    package func note(on node: NodeSpec) -> Step {
        var step = step(
            "note", on: node, summary: "\(new.name) is about to be promoted in place of \(old.name)",
            reason: "should both of them vanish, it is known here that either may take writes")
        let file = Quoting.shell(NodeLayout(node).switchoverNote)
        let text = Quoting.shell(Switchover(from: old.name, to: new.name).note)
        step.operations = [
            Operation(
                "note the switchover on \(node.name)", on: node.name, as: owner(node),
                .script(SecretText("printf %s \(text) >\(file).new && mv \(file).new \(file)")))
        ]
        return step
    }

    /// Stops the old primary, and proves that the target lacks nothing of its log.
    package func demote() -> Step {
        var step = step(
            "demote", on: old, summary: "stop; \(new.name) must have all of its log",
            reason: "only one node may take writes, and no commit may be lost")
        step.disruption = .stop
        step.clientsWait = true
        step.guards = [
            Check("\(new.name) streams and is near", on: old.name, as: owner(old), .session(database: database, isNear))
        ]
        let count = Operation(
            "count the connections that will end with \(old.name)", on: old.name, as: owner(old),
            .count(database: database, remaining))
        // Clients wait: what one account may do goes in one script.
        if let command = FastService.managed(old, .stop) {
            step.operations = [
                Operation(
                    "mark \(old.name): stopping", on: old.name, as: owner(old), .script(SecretText(mark(.stopping)))),
                Operation(
                    "stop PostgreSQL on \(old.name)", on: old.name, as: NodeLayout(old).serviceAccount,
                    .script(SecretText(command))),
                caughtUp("prove that \(new.name) has all of \(old.name)'s log", script: provenDown),
            ]
            step.operations.insert(count, at: 0)
        } else {
            step.operations = [
                count,
                caughtUp(
                    "stop PostgreSQL on \(old.name), and prove that \(new.name) has all of its log",
                    script: [mark(.stopping), FastService.stop(old), provenDown].joined(separator: "\n")),
            ]
        }
        return step
    }

    /// - Parameter proves: the old primary was stopped by an earlier run, which may have ended before its proof.
    package func promote(proves: Bool) -> Step {
        var step = step(
            "promote", on: new, summary: "the new primary",
            reason: "\(old.name) is down, and \(new.name) has all of its log")
        step.clientsWait = true
        if proves {
            step.operations = [caughtUp("prove that \(new.name) has all of \(old.name)'s log", script: controlFile)]
        }
        step.operations += [
            Operation(
                "promote \(new.name)", on: new.name, as: owner(new),
                .session(database: database, "SELECT pg_promote(false)"))
        ]
        step.effects = [
            Check(
                "\(new.name) takes writes", on: new.name, as: owner(new),
                .session(database: database, takesWritesAwake), patience: .seconds(30), interval: .milliseconds(3))
        ]
        return step
    }

    /// A promotion that is asked for while a receiver is being started again, as one is when the old primary has just stopped, is
    /// noticed, and then slept over for `wal_retrieve_retry_interval` (PostgreSQL's WaitForWALToBecomeAvailable). A reload ends
    /// that sleep: one or two in each tenth of a second, while clients wait.
    private var takesWritesAwake: String {
        """
        SELECT CASE WHEN NOT pg_is_in_recovery() THEN true \
        WHEN (extract(epoch FROM clock_timestamp()) * 1000)::bigint % 100 < 6 THEN NOT pg_reload_conf() ELSE false END
        """
    }

    private var isNear: String {
        """
        SELECT NOT pg_is_in_recovery() AND EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming' \
        AND application_name = \(Quoting.literal(new.name)) \
        AND pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) <= \(maximumLag.bytes))
        """
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
            title, on: new.name, as: owner(new), .caughtUp(with: old.name, script: script), span: .moment)
    }

    private func mark(_ phase: SwitchoverMark.Phase) -> String {
        SwitchoverMark(to: new.name, phase: phase).file(Quoting.shell(NodeLayout(old).switchoverMark))
    }

    private var controlFile: String {
        let program = Quoting.shell(old.postgresql.binDirectory + "/pg_controldata")
        return "LC_ALL=C \(program) \(Quoting.shell(old.postgresql.dataDirectory))"
    }

    /// From here on the promotion may be asked for: it is, as soon as the target is proven to have all of the log, and by
    /// the next run if this one ends before.
    private var provenDown: String {
        """
        c=$(\(controlFile)) || exit 1
        case $c in *'cluster state:'*' shut down
        '*) ;; *) echo "the control file does not say that it is shut down" >&2; exit 1;; esac
        \(mark(.promoting))
        printf '%s\\n' "$c"
        """
    }

    private func owner(_ node: NodeSpec) -> Account { .named(node.postgresql.osUser) }

    private func step(_ action: String, on node: NodeSpec, summary: String, reason: String) -> Step {
        Step(
            "postgresql", action, node.name, .change, cause: .switchover, summary: summary, reason: reason,
            operations: [])
    }
}
