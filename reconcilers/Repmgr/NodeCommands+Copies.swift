import ClusterModel
import HostAccess

/// Making a node's data a copy of another's, and following one.
extension NodeCommands {
    /// The record says from the first byte to the last that what is in there is unfinished and
    /// pgregent's own: only such a directory is ever emptied, and such a directory is never started as anything else.
    func clone(_ clone: Clone, from upstream: NodeSpec, primary: NodeSpec) -> [Operation] {
        let noFailover = unlessReplaced(since: clone.unlessReplacedSince)
        var operations: [Operation] = []
        if clone.givesUpData {
            operations.append(
                script(
                    "mark what \(node.name) holds as given up",
                    begin(.givenUp, noFailover).description))
        }
        operations.append(script("prepare the data directory", prepare(noFailover)))
        if layout.isSplit && !clone.hasConfiguration { operations.append(copyConfiguration(from: primary)) }
        return operations + [
            script(
                "clone \(upstream.name)", cloneCommand(from: upstream), timeout: .clone,
                progress: ProgressSource(node: upstream.name, receiver: node.name)),
            Operation(
                "start PostgreSQL on \(node.name)", on: node.name, as: layout.serviceAccount,
                .script(SecretText(layout.service(.start)))),
            script(
                "register \(node.name)",
                "\(repmgr) standby register --force --wait-start=60 --upstream-node-id=\(upstream.id)"),
            endWork,
        ]
    }

    /// Asked by whoever makes a copy when its own mark is there: the one that it copies from, or rewinds towards, may have been
    /// replaced since it was observed. Whoever replaces it writes first, and then asks whether a copy was begun.
    private func unlessReplaced(since replacement: FailoverReplacement) -> ShellProgram {
        layout.record.failoverUnchanged(since: replacement.observed)
    }

    private func prepare(_ noFailover: ShellProgram) -> String {
        ShellProgram(
            Scripts.prepareClone, ["data": node.postgresql.dataDirectory],
            after: [layout.record.work, noServer, noFailover]
        ).description
    }

    private func cloneCommand(from upstream: NodeSpec) -> String {
        let source = Quoting.conninfo(
            [
                ("host", upstream.host), ("port", String(upstream.postgresql.port)), ("user", spec.repmgr.user),
                ("dbname", spec.repmgr.database),
            ] + upstream.conninfo.map { ($0.name, $0.value) })
        let barman = Desired.barman(spec.repmgr)
        return ShellProgram(
            Scripts.clone,
            [
                "source": source, "upstream": String(upstream.id),
                "barman_host": barman?.host ?? "",
                "latest_backup": barman.map { "barman show-backup \(Quoting.shell($0.server)) latest" } ?? "",
            ], functions: runRepmgr, after: [layout.record.work]
        ).description
    }

    /// Debian keeps the configuration outside the data directory, and repmgr copies only three of its files.
    private func copyConfiguration(from primary: NodeSpec) -> Operation {
        let source = Quoting.shell(primary.postgresql.configDirectory)
        let target = Quoting.shell(node.postgresql.configDirectory)
        return Operation(
            "copy the configuration from \(primary.name) to \(node.name)", on: node.name, as: owner,
            .transfer(
                from: primary.name, account: .named(primary.postgresql.osUser),
                produce: "tar -C \(source) --exclude='*.pgregent-backup' -czf - . | base64 -w0",
                consume: "mkdir -p \(target) && base64 -d | tar -C \(target) -xzf -"))
    }

    func follow(_ upstream: NodeSpec) -> Operation {
        script("follow \(upstream.name)", "\(repmgr) standby follow --upstream-node-id=\(upstream.id)")
    }

    /// The old primary of a switchover was stopped in order and the new one has all of its log: repmgr checks that once more
    /// and refuses otherwise.
    func rejoin(_ upstream: NodeSpec) -> Operation {
        script("rejoin \(upstream.name)", rejoinCommand(upstream))
    }

    private func rejoinCommand(_ upstream: NodeSpec) -> String {
        "\(repmgr) node rejoin -d \(Quoting.shell(source(upstream)))"
    }

    var stop: Operation {
        Operation(
            "stop PostgreSQL on \(node.name)", on: node.name, as: layout.serviceAccount,
            .script(SecretText(layout.service(.stop))))
    }

    /// A replaced primary comes back: its log beyond the fork is taken back, and it follows.
    ///
    /// After a crash pg_rewind wants recovery done first, and on Debian, where the configuration is elsewhere, repmgr's
    /// own way of doing that fails. The mark says until the end that what is there is unfinished: pg_rewind's manual
    /// asks for a new copy when it was interrupted. Without the log that a rewind needs pg_rewind refuses before it changes
    /// anything; that is found out before the mark is set, since a marked directory is copied anew.
    ///
    /// repmgr itself would wait for the stream for `node_rejoin_timeout` (60 s), also when the new primary is gone by then.
    func rewind(_ rewind: Rewind, onto upstream: NodeSpec) -> [Operation] {
        // Until a checkpoint the new primary's control file names the old timeline, and pg_rewind (before 16) finds
        // nothing to do.
        let checkpoint = Operation(
            "checkpoint on \(upstream.name)", on: upstream.name, as: .named(upstream.postgresql.osUser),
            .sql(database: "postgres", "CHECKPOINT;", server: NodeLayout(upstream).localServer), timeout: .clone)
        let recovery =
            rewind.isStoppedInOrder ? [] : [script("finish crash recovery", recover, timeout: .clone)]
        let trial = script(
            "try the rewind",
            ShellProgram(
                Scripts.tryRewind,
                [
                    "data": node.postgresql.dataDirectory, "bin": node.postgresql.binDirectory,
                    "source": source(upstream),
                ]
            ).description, timeout: .clone)
        let begin = begin(.rewind, unlessReplaced(since: rewind.unlessReplacedSince))
        let rejoin = script(
            "rejoin \(upstream.name)",
            ShellProgram(
                Scripts.rewind, ["source": source(upstream)], functions: runRepmgr,
                after: [begin]
            ).description, timeout: .clone)
        return recovery + [checkpoint, trial, rejoin]
    }

    /// Marks what lies here as not to be started any more. Before anything is touched it is asked whether somebody else has
    /// brought the node back since it was observed, or replaced the one that it is to follow; then the mark goes again. Nor is
    /// another's mark taken away: what its interrupted copy has left is neither rewound nor started.
    private func begin(_ kind: UnfinishedWork.Kind, _ noFailover: ShellProgram) -> ShellProgram {
        ShellProgram(
            Scripts.beginCopy, ["kind": kind.rawValue], after: [layout.record.work, noServer, noFailover])
    }

    /// Defines `no_server`.
    private var noServer: ShellProgram {
        ShellProgram(Scripts.noServer, ["data": node.postgresql.dataDirectory])
    }

    /// A copy that waits for a host that has vanished keeps a failover waiting, so it is not left to the kernel's patience.
    private func source(_ upstream: NodeSpec) -> String {
        let conninfo = Desired.conninfo(of: upstream, spec).text
        guard let declared = Conninfo.parse(conninfo) else { return conninfo }
        let all = declared.merging(Conninfo.patience) { declared, _ in declared }
        return Quoting.conninfo(all.sorted { $0.key < $1.key }.map { ($0, $1) })
    }

    /// The recovery ends in a checkpoint, and that removes the log before it; but pg_rewind reads on from the fork back to the
    /// checkpoint before it. So none is removed. What the server itself starts with removes it in its time.
    private var recover: String {
        ShellProgram(
            Scripts.finishRecovery,
            [
                "data": node.postgresql.dataDirectory, "bin": node.postgresql.binDirectory,
                "configuration_file": layout.configurationFile,
                "keep": node.postgresql.version < 13 ? "wal_keep_segments=65536" : "wal_keep_size=1TB",
            ], after: [noServer]
        ).description
    }

    func streams(from upstream: NodeSpec, isPrimary: Bool, within patience: Duration, sentence: String) -> Check {
        let sql = """
            SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming' \
            AND sender_host = \(Quoting.literal(upstream.host)) AND sender_port = \(upstream.postgresql.port))
            """
        return Check(
            sentence, on: node.name, as: owner,
            .sql(database: "postgres", sql, server: layout.localServer), patience: patience,
            premise: isPrimary ? .takesWrites(upstream.name) : .answers(upstream.name))
    }
}
