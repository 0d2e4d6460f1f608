package import ClusterModel
import HostAccess

/// PostgreSQL's part of replacing a lost primary, on one node.
package struct FailoverActions {
    private let node: NodeSpec
    /// The database that pgregent's own sessions are connected to.
    private let database: String
    private let layout: NodeLayout
    /// What the look saw on its host.
    private let seen: FailoverMark?
    private var owner: Account { .named(node.postgresql.osUser) }
    private var data: String { Quoting.shell(node.postgresql.dataDirectory) }

    /// - Parameter mark: of a failover, as the look saw it: every mark that is written takes the place of that one alone.
    package init(_ node: NodeSpec, database: String, mark: FailoverMark?) {
        self.node = node
        seen = mark
        self.database = database
        layout = NodeLayout(node)
    }

    // MARK: the old primary

    /// Stops it at once, ends what a dead postmaster has left behind, and keeps it from starting with the machine.
    package func fence() -> Step {
        var step = step(
            "fence", cause: .failover, summary: "stop it and keep it down",
            reason: "it is replaced as primary: nothing may be acknowledged by it any more")
        step.disruption = .stop
        step.operations = [
            script("mark \(node.name): fenced", markFenced),
            Operation(
                "keep PostgreSQL on \(node.name) from starting with the machine", on: node.name,
                as: layout.serviceAccount, .script(SecretText(keepDown))),
            script("stop PostgreSQL on \(node.name) at once", stop),
        ]
        step.effects = [down]
        return step
    }

    /// `failover.fence_command`, on pgregent's own machine.
    package func fence(by command: String) -> Step {
        var step = step(
            "fence", cause: .failover, summary: "failover.fence_command",
            reason: "it is replaced as primary, and its host does not answer")
        let filled = command.replacing("{node}", with: Quoting.shell(node.name)).replacing(
            "{host}", with: Quoting.shell(node.host))
        step.operations = [
            Operation("fence \(node.name)", on: node.name, as: owner, .local(filled))
        ]
        return step
    }

    /// It has been rejoined: it may start with the machine again.
    package func unfence() -> Step {
        var step = step(
            "unfence", cause: .repair, summary: "remove the fence", reason: "it has been rejoined as a standby")
        step.operations = liftFence
        return step
    }

    private var liftFence: [Operation] {
        [
            Operation(
                "let PostgreSQL on \(node.name) start with the machine", on: node.name, as: layout.serviceAccount,
                .script(SecretText(letStart))),
            script("remove the mark of the fence", "rm -f \(fenceFile)"),
        ]
    }

    private var down: Check {
        Check("nothing of PostgreSQL runs on \(node.name)", on: node.name, as: owner, .script(isDown))
    }

    /// A primary that died of a full disk has no room for a file either, but for a name: postmaster.opts, which every start
    /// writes anew, becomes the mark.
    private var markFenced: String {
        """
        { echo fenced >\(fenceFile).new; } 2>/dev/null && mv \(fenceFile).new \(fenceFile) && exit 0
        rm -f \(fenceFile).new; mv -f \(data)/postmaster.opts \(fenceFile)
        """
    }

    private var fenceFile: String { Quoting.shell(layout.fenceMark) }
    private var startFile: String { Quoting.shell(node.postgresql.configDirectory + "/start.conf") }

    /// Debian starts with the machine what start.conf calls `auto`; that it was called so is remembered in the same file.
    private static let wasAuto = "# auto, before pgregent fenced this node"

    private var keepDown: String {
        switch node.postgresql.service {
        case .pgCtlCluster:
            """
            f=\(startFile)
            if [ -e "$f" ] && grep -qx auto "$f"; then
              t=$(sed 's/^auto$/manual/' "$f") || exit 1
              # In place: what is cut short on a full disk does not grow again.
              printf '%s\\n%s\\n' "$t" '\(Self.wasAuto)' | dd of="$f" conv=notrunc status=none || exit 1
            fi
            """
        case .systemd(let unit):
            "systemctl disable \(Quoting.shell(unit ?? "postgresql@\(node.postgresql.version)-\(layout.debianName)"))"
        case .commands, .pgCtl, .pgbouncer: "true"
        }
    }

    private var letStart: String {
        switch node.postgresql.service {
        case .pgCtlCluster:
            """
            f=\(startFile)
            if [ -e "$f" ] && grep -qxF '\(Self.wasAuto)' "$f"; then
              sed -e 's/^manual$/auto/' -e '/^\(Self.wasAuto)$/d' "$f" >"$f.new" && cat "$f.new" >"$f" && rm -f "$f.new"
            fi
            """
        case .systemd(let unit):
            "systemctl enable \(Quoting.shell(unit ?? "postgresql@\(node.postgresql.version)-\(layout.debianName)"))"
        case .commands, .pgCtl, .pgbouncer: "true"
        }
    }

    private var stop: String {
        """
        \(ServerProcesses.find(node))
        p=; [ -r "$d/postmaster.pid" ] && read -r p <"$d/postmaster.pid"
        [ -n "$p" ] && kill -QUIT "$p" 2>/dev/null
        n=0; while [ -n "$(alive)" ]; do
          n=$((n+1)); [ $n = 50 ] && kill -KILL $(alive) 2>/dev/null
          [ $n -lt 100 ] || { echo "still at work in $d: $(alive)" >&2; exit 1; }
          sleep 0.02
        done
        """
    }

    private var isDown: String {
        """
        \(ServerProcesses.find(node))
        [ -z "$(alive)" ] || { echo "still at work: $(alive)" >&2; exit 1; }
        """
    }

    // MARK: standbys

    /// Stops the receiver for good (a reload ends it when primary_conninfo changes, PostgreSQL 13 and later), so that
    /// the position cannot move between the comparison and the promotion.
    package func freeze(for lost: NodeName, fence: Failover.Fence, writesMark: Bool) -> Step {
        var step = step(
            "freeze", cause: .failover, summary: "stop its receiver",
            reason: "\(lost) is lost: positions are compared while nothing arrives")
        let mark = writesMark ? [mark(.frozen, replaces: lost, fence: fence)] : []
        step.operations = mark + stopReceiver
        step.effects = [stopped]
        return step
    }

    /// Ends the stream of a standby that is about to follow another primary: a server that is stopped in order waits until
    /// each receiver has all of its log, and each would find out by itself, while clients wait, that it is gone.
    ///
    /// What it lacks then it gets from the new primary. That keeps its log from the last restartpoint on, which is no younger
    /// than the old primary's last checkpoint.
    ///
    /// - Parameter isNoted: its host was told of the switchover before.
    package func detach(for switchover: Switchover, isNoted: Bool) -> Step {
        var step = step(
            "detach", cause: .switchover, summary: "from \(switchover.from), until \(switchover.to) is the primary",
            reason: "the stop of \(switchover.from) waits for all that stream from it")
        // Nothing is begun after a request to stop but what lets go: from here on the change of primary is.
        step.clientsWait = true
        let sql = """
            SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = \(Quoting.literal(node.name)) \
            AND flush_lsn >= (SELECT redo_lsn FROM pg_control_checkpoint()))
            """
        step.guards = [
            Check(
                "\(node.name) has \(switchover.from)'s log up to its last checkpoint", on: switchover.from, as: owner,
                .session(database: database, sql), patience: .seconds(5))
        ]
        step.operations = stopReceiver
        step.effects = [stopped]
        guard isNoted else { return step }
        // From then on nobody takes its note for an old one.
        let note = Quoting.shell(layout.switchoverNote)
        step.effects.append(
            Check(
                "the host of \(node.name) is told of the switchover", on: node.name, as: owner,
                .script("[ \"$(cat \(note))\" = \(Quoting.shell(switchover.note.dropLast())) ]")))
        return step
    }

    private var stopReceiver: [Operation] {
        [session("forget the upstream on \(node.name)", "ALTER SYSTEM SET primary_conninfo = ''"), reload]
    }

    private var stopped: Check {
        Check(
            "\(node.name) receives nothing", on: node.name, as: owner,
            .session(
                database: database,
                "SELECT current_setting('primary_conninfo') = '' AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver)"),
            patience: .seconds(5), interval: .milliseconds(3))
    }

    /// Lets its receiver go on, from another standby whose own is stopped, until it has all of that one's log.
    ///
    /// - Parameter conninfo: of that one, as a receiver uses it.
    package func catchUp(from source: NodeSpec, conninfo: String, position: LSN) -> Step {
        var step = step(
            "catch-up", cause: .failover, summary: "from \(source.name)",
            reason: "\(source.name) may have confirmed commits up to \(position), and cannot take over itself")
        step.guards = [receivesNothing]
        step.operations =
            [
                // A slot of this name is on the lost primary.
                session("name no slot on \(node.name)", "ALTER SYSTEM SET primary_slot_name = ''")
            ] + receive(conninfo)
        step.effects = [
            Check(
                "\(node.name) has the log up to \(position)", on: node.name, as: owner,
                .session(
                    database: database,
                    "SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) >= '\(position)'"),
                patience: .seconds(30), interval: .milliseconds(10))
        ]
        return step
    }

    /// Tells another standby's host who is about to be promoted: should that node vanish in the next moment, nobody else
    /// is promoted before it is known what became of it.
    ///
    /// - Parameter isFrozen: its receiver was stopped. Somebody else who takes the old primary for alive may have let it go on
    ///   meanwhile; then it could confirm commits that the new one never gets.
    /// - Parameter stopped: its host, where the promotion rests on that its server, stopped long since, has confirmed nothing.
    package func note(_ failover: Failover, isFrozen: Bool, stopped: HostFacts?) -> Step {
        var step = step(
            "note", cause: .failover, summary: "\(failover.to) is about to be promoted in place of \(failover.from)",
            reason: "from then on \(failover.to) may be the primary, whether it is seen or not")
        step.operations = [mark(.frozen, replaces: failover.from, fence: failover.fence, chosen: failover.to)]
        if isFrozen { step.guards = [receivesNothing] }
        if let stopped { step.effects = [stillStopped(stopped)] }
        return step
    }

    /// Asked when its host was told: a copy that begins later finds the note; one that began since the look would end as a
    /// standby of the replaced primary, and could confirm its commits.
    private func stillStopped(_ host: HostFacts) -> Check {
        let seen = host.cloneMark?.split(separator: "\n").first.map(String.init) ?? ""
        return Check(
            "nothing was begun on \(node.name) since the look", on: node.name, as: owner,
            .script(
                """
                m=$(cat \(Quoting.shell(layout.cloneMark)) 2>/dev/null)
                [ "$m" = \(Quoting.shell(seen)) ] || { echo "a copy was begun here: $m" >&2; exit 1; }
                \(isDown)
                """))
    }

    /// Asked before a standby whose receiver was stopped follows an old primary that is back: another has not gone on meanwhile.
    package var goesOnUnmarked: Check {
        Check("no other failover has left its mark on \(node.name)", on: node.name, as: owner, .script(markIsUnchanged))
    }

    /// It goes on, as a standby: one that has been promoted meanwhile takes the setting without a word.
    package var goesOnAsStandby: Check {
        Check(
            "\(node.name) is a standby and has an upstream", on: node.name, as: owner,
            .session(
                database: database, "SELECT pg_is_in_recovery() AND current_setting('primary_conninfo') <> ''"),
            patience: .seconds(5), interval: .milliseconds(10))
    }

    /// - Parameter old: the node that is replaced, where its host can be asked once more whether it is down.
    /// - Parameter isFenced: it was a primary itself, has been rejoined, and still carries its fence: with it nobody would
    ///   take it for the primary.
    package func promote(_ failover: Failover, position: String, old: FailoverActions?, isFenced: Bool) -> Step {
        var step = step(
            "promote", cause: .failover, summary: "the new primary, in place of \(failover.from)",
            reason: "it has most of the log, and \(Self.words(failover))")
        step.detail = "at \(position): what \(failover.from) wrote beyond is not in it"
        step.guards = [receivesNothing] + (old.map { [$0.down] } ?? [])
        step.operations =
            (isFenced ? liftFence : []) + [
                mark(.promoting, replaces: failover.from, fence: failover.fence),
                session("promote \(node.name)", promoteUnlessItReceives),
            ]
        step.effects = [
            Check(
                "\(node.name) takes writes", on: node.name, as: owner,
                .session(database: database, "SELECT NOT pg_is_in_recovery()"), patience: .seconds(60),
                interval: .milliseconds(3))
        ]
        return step
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

    private var receivesNothing: Check {
        let sql =
            "SELECT pg_is_in_recovery() AND current_setting('primary_conninfo') = '' AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver)"
        return Check(
            "\(node.name) is a standby and receives nothing", on: node.name, as: owner,
            .session(database: database, sql))
    }

    private static func words(_ failover: Failover) -> String {
        switch failover.fence {
        case .stopped: "\(failover.from) is stopped"
        case .command: "\(failover.from) is fenced by failover.fence_command"
        case .quorum: "\(failover.from) cannot acknowledge a commit without the standbys at hand"
        case .nothing:
            "NOTHING keeps \(failover.from) from taking writes where it can still be reached (failover.fence best_effort)"
        }
    }

    /// Lets its receiver go on, towards the new primary. Under quorum commit clients wait for this, so it is done over
    /// the open sessions; repmgr's record follows.
    ///
    /// - Parameter conninfo: of the new primary, as repmgr writes it.
    package func attach(to upstream: NodeSpec, conninfo: String, slot: String?, cause: Step.Cause) -> Step {
        var step = step(
            "attach", cause: cause, summary: "to \(upstream.name)", reason: "\(upstream.name) is the new primary")
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
        step.operations = operations + receive(conninfo)
        return step
    }

    /// The failover is over for this standby.
    package func endFailover(_ mark: FailoverMark) -> Step {
        var step = step(
            "end-failover", cause: .repair, summary: "it follows again", reason: "the failover is over")
        step.operations = [self.mark(.done, replaces: mark.replaces, fence: mark.fence)]
        return step
    }

    private func mark(
        _ phase: FailoverMark.Phase, replaces lost: NodeName, fence: Failover.Fence, chosen: NodeName? = nil
    ) -> Operation {
        let words = Quoting.shell(FailoverMark(phase: phase, replaces: lost, fence: fence, chosen: chosen).words)
        let file = Quoting.shell(layout.failoverMark)
        // `done` keeps the time of the failover itself.
        let touch = phase == .done ? "touch -r \(file) \(file).new && " : ""
        return script(
            "mark \(node.name): \(phase.rawValue)",
            """
            \(markIsUnchanged)
            read -r i </proc/sys/kernel/random/uuid || exit 1
            printf '%s\(FailoverMark.idPrefix)%s\\n' \(words) "$i" >\(file).new && \(touch)mv \(file).new \(file)
            """)
    }

    private var markIsUnchanged: String { FailoverMark.unchanged(since: seen, at: layout.failoverMark) }

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

    private func session(_ title: String, _ sql: String) -> Operation {
        Operation(title, on: node.name, as: owner, .session(database: database, sql))
    }

    private func script(_ title: String, _ text: String) -> Operation {
        Operation(title, on: node.name, as: owner, .script(SecretText(text)))
    }

    private func step(_ action: String, cause: Step.Cause, summary: String, reason: String) -> Step {
        Step("postgresql", action, node.name, .change, cause: cause, summary: summary, reason: reason, operations: [])
    }
}
