package import ClusterModel
import HostAccess

/// How each condition about PostgreSQL is asked.
extension Actions {
    /// - Returns: nil where the file does not declare the node.
    package func check(_ condition: PostgreSQLCondition, sentence: String, _ maximumLag: ByteSize) -> Check? {
        guard let node = commands(condition.place) else { return nil }
        let ask = Asking(node, sentence)
        return switch condition {
        case .accepts(_, let patience): ask.sql("SELECT true", within: patience)
        case .takesWrites(_, .recovery): ask.sql("SELECT NOT pg_is_in_recovery()")
        case .takesWrites(_, .switchover):
            ask.session(Self.takesWritesAwake, within: .seconds(30), every: .milliseconds(3))
        case .takesWrites(_, .failover):
            ask.session("SELECT NOT pg_is_in_recovery()", within: .seconds(60), every: .milliseconds(3))
        case .isStandby: ask.script("[ -e \(node.data)/standby.signal ]")
        case .isWholeStandby:
            ask.script(
                node.layout.record.functions.calling(
                    "find_section \(UnfinishedWork.name); [ -e \(node.data)/standby.signal ] && [ -z \"$found\" ]"))
        case .lacksSlot(_, let slot):
            ask.sql("SELECT count(*) = 0 FROM pg_replication_slots WHERE slot_name = \(Quoting.literal(slot))")
        case .streamsAgain:
            ask.sql(
                "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')", within: .seconds(30))
        case .hasReplayed(_, let parameter, let amount):
            ask.script(node.hasReplayed(parameter, atMost: amount), within: .seconds(30))
        case .wasNotPromoted(_, let position): ask.session(Self.wasNotPromoted(position))
        case .stopIsRecorded(let mark, _):
            ask.script(node.layout.record.functions.calling(RecordFile.has(mark)))
        case .watchdogRuns:
            ask.script(
                WatchdogCommands.find(node.layout).calling("find_watchdog; [ -n \"$guard\" ]"), within: .seconds(5))
        case .isDown: ask.script(ServerProcesses.find(node.node).calling("is_down"))
        case .streamsNear(let target, _): ask.session(Self.streamsNear(target, maximumLag))
        case .hasLogSinceCheckpoint(let standby, _):
            ask.session(Self.hasLogSinceCheckpoint(standby), within: .seconds(5))
        case .isToldOf(let switchover, _):
            ask.script(node.layout.record.functions.calling(RecordFile.has(switchover)))
        case .isFrozenStandby: ask.session("SELECT pg_is_in_recovery() AND \(Self.receivesNothing)")
        case .receivesNothing:
            ask.session("SELECT \(Self.receivesNothing)", within: .seconds(5), every: .milliseconds(3))
        case .hasLog(_, let position):
            ask.session(
                "SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) >= '\(position)'",
                within: .seconds(30), every: .milliseconds(10))
        case .nothingBegun(_, let seen): ask.script(node.nothingBegun(seen))
        case .recordedFailoverUnchanged(_, let replacement):
            ask.script(node.failoverUnchanged(since: replacement).calling("no_other_failover"))
        case .isFollowing:
            ask.session(
                "SELECT pg_is_in_recovery() AND current_setting('primary_conninfo') <> ''", within: .seconds(5),
                every: .milliseconds(10))
        }
    }

    private static let receivesNothing =
        "current_setting('primary_conninfo') = '' AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver)"

    /// A promotion that is asked for while a receiver is being started again, as one is when the old primary has just stopped, is
    /// noticed, and then slept over for `wal_retrieve_retry_interval` (PostgreSQL's WaitForWALToBecomeAvailable). A reload ends
    /// that sleep: one or two in each tenth of a second, while clients wait.
    private static let takesWritesAwake = """
        SELECT CASE WHEN NOT pg_is_in_recovery() THEN true \
        WHEN (extract(epoch FROM clock_timestamp()) * 1000)::bigint % 100 < 6 THEN NOT pg_reload_conf() ELSE false END
        """

    private static func wasNotPromoted(_ position: LSN?) -> String {
        let sql = "SELECT pg_is_in_recovery()"
        guard let position else { return sql }
        return sql + " AND coalesce(pg_last_wal_replay_lsn() <= \(Quoting.literal(position.description))::pg_lsn, true)"
    }

    private static func streamsNear(_ target: NodeName, _ lag: ByteSize) -> String {
        """
        SELECT NOT pg_is_in_recovery() AND EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming' \
        AND application_name = \(Quoting.literal(target)) \
        AND pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) <= \(lag.bytes))
        """
    }

    private static func hasLogSinceCheckpoint(_ standby: NodeName) -> String {
        """
        SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = \(Quoting.literal(standby)) \
        AND flush_lsn >= (SELECT redo_lsn FROM pg_control_checkpoint()))
        """
    }
}

/// One question to a node.
private struct Asking {
    private let node: NodeCommands
    private let sentence: String

    init(_ node: NodeCommands, _ sentence: String) {
        self.node = node
        self.sentence = sentence
    }

    func script(_ text: String, within patience: Duration = .zero) -> Check { check(.script(text), patience) }

    func script(_ program: ShellProgram, within patience: Duration = .zero) -> Check {
        script(program.description, within: patience)
    }

    func sql(_ sql: String, within patience: Duration = .zero) -> Check {
        check(.sql(database: "postgres", sql, server: node.layout.localServer), patience)
    }

    func session(_ sql: String, within patience: Duration = .zero, every interval: Duration = .milliseconds(50))
        -> Check
    {
        check(.session(database: node.database, sql), patience, interval)
    }

    private func check(
        _ question: Check.Question, _ patience: Duration, _ interval: Duration = .milliseconds(50)
    ) -> Check {
        Check(sentence, on: node.node.name, as: node.owner, question, patience: patience, interval: interval)
    }
}

extension NodeCommands {
    /// Asked when its host was told who is promoted: a copy that begins later finds the note; one that began since the node was
    /// observed would end as a standby of the replaced primary, and could confirm its commits.
    fileprivate func nothingBegun(_ seen: UnfinishedWork?) -> ShellProgram {
        ShellProgram(
            Scripts.nothingBegun, ["observed": seen?.lines ?? ""],
            after: [layout.record.functions, ServerProcesses.find(node)])
    }

    fileprivate func hasReplayed(_ parameter: String, atMost amount: Int) -> ShellProgram {
        let label = StandbyAmounts.names.first { $0.key == parameter }?.value ?? parameter
        return ShellProgram(
            Scripts.hasReplayed,
            [
                "data": node.postgresql.dataDirectory, "bin": node.postgresql.binDirectory, "label": label,
                "amount": String(amount),
            ])
    }
}

extension PostgreSQLCondition {
    /// The node that is asked.
    fileprivate var place: NodeName {
        switch self {
        case .accepts(let node, _), .takesWrites(let node, _), .isStandby(let node), .isWholeStandby(let node),
            .lacksSlot(let node, _), .streamsAgain(let node), .hasReplayed(let node, _, _),
            .wasNotPromoted(let node, _), .stopIsRecorded(_, let node), .watchdogRuns(let node), .isDown(let node),
            .streamsNear(_, let node), .hasLogSinceCheckpoint(_, let node), .isToldOf(_, let node),
            .isFrozenStandby(let node), .receivesNothing(let node), .hasLog(let node, _), .nothingBegun(let node, _),
            .recordedFailoverUnchanged(let node, _), .isFollowing(let node):
            node
        }
    }
}
