import ClusterModel
import HostAccess

/// How each step of repmgr is done.
struct Actions {
    private let desired: Desired
    private let node: Desired.Node
    /// Asked by whoever makes a copy when its own mark is there: the one that it copies from, or rewinds towards, may have been
    /// replaced since the look. Whoever replaces it writes first, and then asks whether a copy was begun.
    private let noFailoverSince: String
    private var spec: NodeSpec { node.spec }
    private var owner: Account { .named(spec.postgresql.osUser) }
    private var layout: NodeLayout { NodeLayout(spec) }
    private var primary: Desired.Node { desired.primary.flatMap { desired.node($0) } ?? node }

    /// - Parameter failoverMark: what the look saw on its host.
    init(_ desired: Desired, _ node: Desired.Node, failoverMark: FailoverMark? = nil) {
        self.desired = desired
        self.node = node
        noFailoverSince = FailoverMark.unchanged(since: failoverMark, at: NodeLayout(node.spec).failoverMark)
    }

    /// Writes repmgr.conf: the differing settings in their own lines, everything else as it stands.
    ///
    /// - Parameter daemonRuns: repmgrd reads it again.
    func configure(observed: FileContent, differing: [Setting], daemonRuns: Bool) -> Step {
        var file = INIText(
            observed.text ?? "# repmgr.conf, kept by pgregent: settings that cluster.yaml declares are overwritten.\n")
        for setting in differing {
            file.set(setting.name, to: Self.written(setting), in: "")
        }
        let isMissing = observed.isMissing
        var step = step(
            "configure", isMissing ? .add : .change, cause: isMissing ? .missing : .drift,
            summary: desired.configFile,
            reason: isMissing ? "the file does not exist" : "settings differ from cluster.yaml")
        step.detail = isMissing ? "" : differing.map(\.name).joined(separator: ", ")
        let write = FileWrite(
            path: desired.configFile, observed: observed.text, content: file.text,
            owner: "\(spec.postgresql.osUser):\(spec.postgresql.osUser)")
        step.operations = [
            Operation(
                "write \(desired.configFile) on \(spec.name)", on: spec.name,
                as: .privileged(orElse: spec.postgresql.osUser), .write(write))
        ]
        if daemonRuns {
            step.operations.append(script("let repmgrd on \(spec.name) read it", RepmgrDaemon(spec).reload))
        }
        return step
    }

    func startDaemon() -> Step {
        var step = step(
            "start-daemon", .change, cause: .repair, summary: "repmgrd",
            reason: "failover.owner is repmgrd, and it does not run on \(spec.name)")
        let daemon = RepmgrDaemon(spec)
        step.operations = [
            script(
                "start repmgrd on \(spec.name)",
                daemon.start(configFile: desired.configFile, hasServiceCommand: desired.hasDaemonCommand))
        ]
        step.effects = [
            Check(
                "repmgrd runs on \(spec.name)", on: spec.name, as: owner,
                .script("\(daemon.find)\n[ -n \"$daemon\" ]"), patience: .seconds(5))
        ]
        return step
    }

    private static func written(_ setting: Setting) -> String {
        let plain =
            !setting.value.isEmpty
            && setting.value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
        return plain ? setting.value : Quoting.configuration(setting.value)
    }

    /// Copies the primary's data, starts the copy and registers it.
    ///
    /// A mark beside the data directory says from the first byte to the last that what is in there is unfinished and
    /// pgregent's own: only such a directory is ever emptied, and such a directory is never started as anything else.
    ///
    /// - Parameter givesUpData: what is there is a replaced primary's, and `failover.rejoin: clone` gives it up.
    func clone(
        from upstream: Desired.Node, hasConfiguration: Bool, isRetry: Bool, size: UInt64?, givesUpData: Bool = false
    ) -> Step {
        var step = step(
            "clone", .add, cause: isRetry ? .repair : .missing, summary: "from \(upstream.spec.name), then register",
            reason: isRetry ? "an earlier clone was not finished" : "\(spec.name) holds no copy of the database")
        step.detail = size.map { "~\(ByteSize.rounded($0))" } ?? ""
        if givesUpData {
            step.reason = "it was replaced as primary, and failover.rejoin is clone"
            step.operations = [
                script(
                    "mark what \(spec.name) holds as given up",
                    begin("given up, before a clone"))
            ]
        }
        step.operations.append(script("prepare the data directory", prepare))
        if layout.isSplit && !hasConfiguration { step.operations.append(copyConfiguration(from: primary)) }
        step.operations += [
            script(
                "clone \(upstream.spec.name)", cloneCommand(from: upstream), span: .clone,
                progress: ProgressSource(node: upstream.spec.name, receiver: spec.name)),
            Operation(
                "start PostgreSQL on \(spec.name)", on: spec.name, as: layout.serviceAccount,
                .script(SecretText(layout.service(.start)))),
            script(
                "register \(spec.name)",
                "\(repmgr) standby register --force --wait-start=60 --upstream-node-id=\(upstream.spec.id)"),
            script("remove the mark of the clone", "rm -f \(mark)"),
        ]
        step.effects = [streams(from: upstream), isRecorded(type: "standby", upstream: upstream)]
        return step
    }

    private var prepare: String {
        """
        \(WorkMark.shell)
        d=\(data); m=\(mark); unfinished=
        if [ -e "$m" ]; then
          unfinished=yes; at_work "$m" && { echo "a clone is at work here (process $p)" >&2; exit 1; }
          \(noServer)
        elif [ -e "$d" ] && [ -n "$(ls -A "$d")" ]; then
          echo "$d is not empty, and no mark says that it is an unfinished clone" >&2; exit 1
        fi
        mkdir -p "$(dirname "$d")" && mark_work "$m" 'unfinished clone' || exit 1
        # What comes here after a refusal is not ours to empty.
        ( \(noFailoverSince)
        ) || { [ -n "$unfinished" ] || rm -f "$m"; exit 1; }
        mkdir -p "$d" && { [ -z "$unfinished" ] || find "$d" -mindepth 1 -delete; } && chmod 0700 "$d"
        """
    }

    private func cloneCommand(from upstream: Desired.Node) -> String {
        let source = Quoting.shell(
            Quoting.conninfo(
                [
                    ("host", upstream.spec.host), ("port", String(upstream.spec.postgresql.port)),
                    ("user", desired.user),
                    ("dbname", desired.database),
                ] + upstream.spec.conninfo.map { ($0.name, $0.value) }))
        let clone = "\(repmgr) -d \(source) standby clone --fast-checkpoint --upstream-node-id=\(upstream.spec.id)"
        guard let barman = desired.barman else {
            return "\(WorkMark.shell)mark_work \(mark) 'unfinished clone' && \\\n\(clone)"
        }
        // A new cluster has no backup yet.
        let latest = "barman show-backup \(Quoting.shell(barman.server)) latest"
        return """
            \(WorkMark.shell)
            mark_work \(mark) 'unfinished clone' || exit 1
            w=; ssh -o BatchMode=yes \(Quoting.shell(barman.host)) \(Quoting.shell(latest)) >/dev/null 2>&1 </dev/null || w=--without-barman
            \(clone) $w
            """
    }

    /// Debian keeps the configuration outside the data directory, and repmgr copies only three of its files.
    private func copyConfiguration(from primary: Desired.Node) -> Operation {
        let source = Quoting.shell(primary.spec.postgresql.configDirectory)
        let target = Quoting.shell(spec.postgresql.configDirectory)
        return Operation(
            "copy the configuration from \(primary.spec.name) to \(spec.name)", on: spec.name, as: owner,
            .transfer(
                from: primary.spec.name, account: .named(primary.spec.postgresql.osUser),
                produce: "tar -C \(source) --exclude='*.pgregent-backup' -czf - . | base64 -w0",
                consume: "mkdir -p \(target) && base64 -d | tar -C \(target) -xzf -"))
    }

    func follow(_ upstream: Desired.Node, now: NodeName?) -> Step {
        var step = step(
            "follow", .change, cause: .drift, summary: "\(upstream.spec.name)",
            reason: now.map { "it streams from \($0)" }
                ?? "it does not stream, and does not point at \(upstream.spec.name)")
        step.detail = "upstream: \(now ?? "none") -> \(upstream.spec.name)"
        step.operations = [
            script("follow \(upstream.spec.name)", "\(repmgr) standby follow --upstream-node-id=\(upstream.spec.id)")
        ]
        step.effects = [streams(from: upstream)]
        return step
    }

    /// The old primary of a switchover comes back as a standby. It was stopped in order and the new primary has all of
    /// its log: repmgr checks that once more and refuses otherwise.
    func rejoin(_ upstream: Desired.Node) -> Step {
        var step = step(
            "rejoin", .change, cause: .switchover, summary: "as a standby of \(upstream.spec.name)",
            reason: "it was the primary until the switchover")
        step.operations = [
            script("rejoin \(upstream.spec.name)", "\(repmgr) node rejoin -d \(source(upstream))")
        ]
        // Not longer: should its upstream be lost meanwhile, what is to be done next here waits for this.
        step.effects = [streams(from: upstream, patience: .seconds(10))]
        return step
    }

    /// Marks what lies here as not to be started any more. Before anything is touched it is asked whether somebody else has brought
    /// the node back since the look, or replaced the one that it is to follow: then the mark goes again. Nor is another's mark
    /// taken away: what its interrupted copy has left is neither rewound nor started.
    private func begin(_ words: String) -> String {
        """
        \(WorkMark.shell)[ ! -e \(mark) ] || { echo "since the look somebody has begun a copy here" >&2; exit 1; }
        mark_work \(mark) '\(words)' || exit 1
        ( \(noServer)
        \(noFailoverSince)
        ) || { rm -f \(mark); exit 1; }
        """
    }

    /// A postmaster works in its data directory.
    private var noServer: String {
        """
        p=; [ -r \(data)/postmaster.pid ] && read -r p <\(data)/postmaster.pid
        if [ -n "$p" ] && [ "$(readlink "/proc/$p/cwd")" = "$(cd \(data) && pwd -P)" ]; then
          echo "a server runs here (process $p)" >&2; exit 1
        fi
        """
    }

    /// A copy that waits for a host that has vanished keeps a failover waiting, so it is not left to the kernel's patience.
    private func source(_ upstream: Desired.Node) -> String {
        guard let declared = Conninfo.parse(upstream.conninfo) else { return Quoting.shell(upstream.conninfo) }
        let all = declared.merging(Conninfo.patience) { declared, _ in declared }
        return Quoting.shell(Quoting.conninfo(all.sorted { $0.key < $1.key }.map { ($0, $1) }))
    }

    /// A replaced primary comes back: its log beyond the fork is taken back, and it follows.
    ///
    /// After a crash pg_rewind wants recovery done first, and on Debian, where the configuration is elsewhere, repmgr's
    /// own way of doing that fails. The mark says until the end that what is there is unfinished: pg_rewind's manual
    /// asks for a new copy when it was interrupted. Without the log that a rewind needs pg_rewind refuses before it changes
    /// anything; that is found out before the mark is set, since a marked directory is copied anew.
    ///
    /// repmgr itself would wait for the stream for `node_rejoin_timeout` (60 s), also when the new primary is gone by then.
    func rewind(_ upstream: Desired.Node, isStoppedInOrder: Bool) -> Step {
        var step = rejoin(upstream)
        step.cause = .failover
        step.summary = "rewind, then as a standby of \(upstream.spec.name)"
        step.reason = "it was replaced as primary, and failover.rejoin is rewind"
        let rejoin = step.operations.map { operation in
            var operation = operation
            if case .script(let text) = operation.work {
                operation.work = .script(
                    "\(begin("unfinished rewind"))\n\(text.redacted) --force-rewind --no-wait && rm -f \(mark)")
            }
            operation.span = .clone
            return operation
        }
        // Until a checkpoint the new primary's control file names the old timeline, and pg_rewind (before 16) finds
        // nothing to do.
        let checkpoint = Operation(
            "checkpoint on \(upstream.spec.name)", on: upstream.spec.name, as: .named(upstream.spec.postgresql.osUser),
            .sql(database: "postgres", "CHECKPOINT;", server: NodeLayout(upstream.spec).localServer), span: .clone)
        let recovery = isStoppedInOrder ? [] : [script("finish crash recovery", recover, span: .clone)]
        let trial = script(
            "try the rewind",
            """
            r=$(LC_ALL=C \(Quoting.shell(spec.postgresql.binDirectory + "/pg_rewind")) --dry-run -D \(data) --source-server=\(source(upstream)) 2>&1) && exit 0
            printf '%s\\n' "$r" "nothing was changed: with failover.rejoin clone, or an empty directory, it is copied anew" >&2; exit 1
            """, span: .clone)
        step.operations = recovery + [checkpoint, trial] + rejoin
        return step
    }

    /// A running standby that is past the fork is stopped, and comes back like a replaced primary.
    func takeBack(_ upstream: Desired.Node) -> Step {
        var step = stoppedFirst(rewind(upstream, isStoppedInOrder: true))
        step.reason = "it has log that \(upstream.spec.name) was promoted without, and failover.rejoin is rewind"
        return step
    }

    func stoppedFirst(_ step: Step) -> Step {
        var step = step
        step.disruption = .stop
        step.operations.insert(
            Operation(
                "stop PostgreSQL on \(spec.name)", on: spec.name, as: layout.serviceAccount,
                .script(SecretText(layout.service(.stop)))), at: 0)
        return step
    }

    /// The recovery ends in a checkpoint, and that removes the log before it; but pg_rewind reads on from the fork back to the
    /// checkpoint before it. So none is removed. What the server itself starts with removes it in its time.
    private var recover: String {
        let program = Quoting.shell(spec.postgresql.binDirectory + "/postgres")
        let file = Quoting.shell("config_file=" + layout.configurationFile)
        let keep = spec.postgresql.version < 13 ? "wal_keep_segments=65536" : "wal_keep_size=1TB"
        return """
            if LC_ALL=C \(Quoting.shell(spec.postgresql.binDirectory + "/pg_controldata")) \(data) | grep -q 'state: *shut down$'; then exit 0; fi
            \(noServer)
            rm -f \(data)/postmaster.pid
            \(program) --single -D \(data) -c \(file) -c archive_mode=off -c \(keep) template1 </dev/null
            """
    }

    /// Nothing to do but to see: everything points right, and PostgreSQL tries again every few seconds
    /// (`wal_retrieve_retry_interval`). A standby that never gets there must not pass for a healthy one.
    func reconnect(_ upstream: Desired.Node) -> Step {
        var step = step(
            "reconnect", .change, cause: .repair, summary: "wait until it streams from \(upstream.spec.name)",
            reason: "it points at \(upstream.spec.name) and has no stream now; if it stays so, its own log says why")
        step.effects = [streams(from: upstream)]
        return step
    }

    func register(lies: [String], isMissing: Bool, removesMark: Bool) -> Step {
        let verb: String
        var type = "standby"
        var upstream: Desired.Node? = primary
        switch node.role {
        case .primary: (verb, type, upstream) = ("primary register --force", "primary", nil)
        case .witness:
            let host = Quoting.shell(primary.spec.host)
            verb =
                "witness register --force -h \(host) -p \(primary.spec.postgresql.port) -U \(Quoting.shell(desired.user)) -d \(Quoting.shell(desired.database))"
            type = "witness"
        case .standby(let name):
            upstream = desired.node(name)
            verb = "standby register --force --upstream-node-id=\(upstream?.spec.id ?? 0)"
        case .absent, .undecided: verb = "node status"
        }
        var step = step(
            "register", isMissing ? .add : .change, cause: isMissing ? .missing : .drift,
            summary: isMissing ? "as \(type)" : "metadata",
            reason: isMissing ? "repmgr does not know the node" : "repmgr's record is not true")
        step.detail = isMissing ? "" : lies.joined(separator: ", ")
        step.operations = [script("register \(spec.name) as \(type)", "\(repmgr) \(verb)")]
        if removesMark { step.operations.append(script("remove the mark of the clone", "rm -f \(mark)")) }
        step.effects = [isRecorded(type: type, upstream: upstream)]
        return step
    }

    func unregister(_ record: Record, on primary: Desired.Node) -> Step {
        var step = step("unregister", .destroy, cause: .config, summary: "its data stays", reason: "ensure is absent")
        let kind = record.type == "witness" ? "witness" : "standby"
        let program = Actions(desired, primary).repmgr
        step.operations = [
            Operation(
                "unregister \(spec.name) on \(primary.spec.name)", on: primary.spec.name,
                as: .named(primary.spec.postgresql.osUser),
                .script("\(program) \(kind) unregister --node-id=\(spec.id)"))
        ]
        step.effects = [
            registryCheck(
                "\(spec.name) has no record", "SELECT count(*) = 0 FROM repmgr.nodes WHERE node_id = \(spec.id)")
        ]
        return step
    }

    // MARK: parts

    private var data: String { Quoting.shell(spec.postgresql.dataDirectory) }
    private var mark: String { Quoting.shell(layout.cloneMark) }
    /// The registry's own commits wait for no standby: it is often what brings the standbys back.
    private var repmgr: String {
        let options = desired.waitsForStandbys ? "PGOPTIONS='-c synchronous_commit=local' " : ""
        return options
            + "\(Quoting.shell(spec.postgresql.binDirectory + "/repmgr")) -f \(Quoting.shell(desired.configFile))"
    }

    private func step(_ action: String, _ change: Step.Change, cause: Step.Cause, summary: String, reason: String)
        -> Step
    {
        Step("repmgr", action, spec.name, change, cause: cause, summary: summary, reason: reason, operations: [])
    }

    private func script(
        _ title: String, _ text: String, span: Operation.Span = .command, progress: ProgressSource? = nil
    ) -> Operation {
        Operation(
            "\(title) on \(spec.name)", on: spec.name, as: owner, .script(SecretText(text)), span: span,
            progress: progress)
    }

    private func streams(from upstream: Desired.Node, patience: Duration = .seconds(30)) -> Check {
        let sql = """
            SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming' \
            AND sender_host = \(Quoting.literal(upstream.spec.host)) AND sender_port = \(upstream.spec.postgresql.port))
            """
        let isPrimary = upstream.spec.name == desired.primary
        return Check(
            "\(spec.name) streams from \(upstream.spec.name)", on: spec.name, as: owner,
            .sql(database: "postgres", sql, server: layout.localServer), patience: patience,
            premise: isPrimary ? .takesWrites(upstream.spec.name) : .answers(upstream.spec.name))
    }

    private func isRecorded(type: String, upstream: Desired.Node?) -> Check {
        let parent = upstream.map { "upstream_node_id = \($0.spec.id)" } ?? "upstream_node_id IS NULL"
        return registryCheck(
            "repmgr's registry has \(spec.name) as \(type)",
            "SELECT EXISTS (SELECT FROM repmgr.nodes WHERE node_id = \(spec.id) AND type = '\(type)' AND active AND \(parent))"
        )
    }

    /// Asked on the primary: repmgr's own output is not to be believed (it reports errors about nodes that are not its matter).
    private func registryCheck(_ sentence: String, _ sql: String) -> Check {
        Check(
            sentence, on: primary.spec.name, as: .named(primary.spec.postgresql.osUser),
            .sql(database: desired.database, sql, server: NodeLayout(primary.spec).localServer), patience: .seconds(5))
    }
}
