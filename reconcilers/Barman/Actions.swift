import ClusterModel
import HostAccess

/// How each step of Barman is done.
struct Actions {
    private let desired: Desired
    private var spec: BarmanSpec { desired.spec }
    var host: HostName { spec.hostName }
    /// Barman's own account on its host: the owner of its home.
    private var owner: Account { .named("barman") }
    private var server: String { Quoting.shell(spec.server) }
    private var files: Files { Files(spec) }

    init(_ desired: Desired) {
        self.desired = desired
    }

    func configure(observed: FileContent, content: String) -> Step {
        let isMissing = observed.isMissing
        var step = step(
            "configure", isMissing ? .add : .change, cause: isMissing ? .missing : .drift, summary: files.configuration,
            reason: isMissing ? "the server has no configuration" : "the file differs from cluster.yaml")
        step.operations = [
            Operation(
                "write \(files.configuration) on \(host)", on: host, as: .privileged(orElse: "barman"),
                .write(FileWrite(path: files.configuration, observed: observed.text, content: content, mode: "0644")))
        ]
        return step
    }

    func passfile(cause: Step.Cause) -> Step {
        var step = step(
            "passfile", cause == .missing ? .add : .change, cause: cause, summary: "set entries of \(files.passfile)",
            reason: "Barman needs the declared passwords to reach the nodes")
        step.operations = [
            Operation(
                "set passfile entries on \(host)", on: host, as: owner,
                .edit(FileEdit(path: files.passfile, .keyedLines(desired.passfile), mode: "0600")))
        ]
        return step
    }

    func alias(
        service: (FileContent, String)?, ssh: (FileContent, String)?, changes: [String], isNew: Bool
    ) -> Step {
        var step = step(
            "alias", isNew ? .add : .change, cause: isNew ? .missing : .drift, summary: spec.alias,
            reason: "the alias does not lead to the node that is to be backed up")
        step.detail = isNew ? "-> \(desired.source?.node.name ?? "")" : changes.joined(separator: ", ")
        if let (observed, content) = service {
            step.operations.append(write(files.service, observed, content))
        }
        if let (observed, content) = ssh {
            if observed.isMissing {
                step.operations.append(script("make ~/.ssh", "mkdir -p -m 0700 \(Quoting.shell(spec.home + "/.ssh"))"))
            }
            step.operations.append(write(files.ssh, observed, content))
        }
        return step
    }

    func slot(_ name: String, on source: NodeSpec) -> Step {
        var step = step(
            "slot", .add, cause: .missing, summary: "\(name) on \(source.name)",
            reason: "without its slot \(source.name) may drop write-ahead log that Barman has not got")
        step.operations = [script("create slot \(name)", "barman receive-wal --create-slot \(server)")]
        step.effects = [
            onSource(
                source, "\(source.name) has slot \(name)",
                "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = \(Quoting.literal(name)))",
                patience: .seconds(5))
        ]
        return step
    }

    func dropSlot(_ name: String, on former: NodeSpec) -> Step {
        var step = Step(
            "barman", "drop-slot", former.name, .destroy, cause: .repair, summary: name,
            reason: "Barman receives from another node: the slot would keep log for ever", operations: [])
        step.operations = [
            Operation(
                "drop slot \(name) on \(former.name)", on: former.name, as: .named(former.postgresql.osUser),
                .sql(
                    database: "postgres",
                    SecretText(
                        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = \(Quoting.literal(name)) AND NOT active;"
                    ), server: NodeLayout(former).localServer))
        ]
        return step
    }

    /// - Parameter isGone: the source still lists a receiver that runs nowhere any more: until `wal_sender_timeout` it
    ///   would keep the slot from the new one, so it is ended.
    /// - Parameter runsElsewhere: a receiver runs, and not from this source: cron would leave it alone, and one whose
    ///   source vanished off the network waits there for hours.
    func receive(from source: NodeSpec, isGone: Bool, runsElsewhere: Bool) -> Step {
        var step = step(
            "receive", .change, cause: .repair, summary: "start receiving write-ahead log",
            reason: "Barman's receiver is not connected to \(source.name)")
        // Barman's own cron starts what should run and does not, and leaves the rest alone.
        step.operations = [
            script("see where the receiver goes on", ReceiverStart(spec).script), script("barman cron", "barman cron"),
        ]
        if runsElsewhere {
            step.operations.insert(script("end the receiver of another source", endReceiver), at: 0)
        }
        if isGone {
            let sql: SecretText = """
                SELECT pg_terminate_backend(pid) FROM pg_stat_replication \
                WHERE usename = \(Quoting.literal(spec.streamingUser)) AND application_name = 'barman_receive_wal';
                """
            step.operations.insert(
                Operation(
                    "end the connection of the receiver that is gone on \(source.name)", on: source.name,
                    as: .named(source.postgresql.osUser),
                    .sql(database: "postgres", sql, server: NodeLayout(source).localServer)), at: 0)
        }
        step.effects = [
            onSource(
                source, "Barman receives from \(source.name)",
                "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE usename = \(Quoting.literal(spec.streamingUser)) AND state = 'streaming')",
                patience: .seconds(30))
        ]
        return step
    }

    /// Barman ends its own process and leaves pg_receivewal behind when that waits for a source that vanished; nothing of
    /// Barman's knows that one any more. What it has written stays, as a partial segment that the next one goes on with.
    private var endReceiver: String {
        """
        runs() { \(Observer.receiverRuns(spec)); }
        gone() { n=0; while runs; do n=$((n+1)); [ $n -lt "$1" ] || return 1; sleep 0.05; done; }
        runs || exit 0
        r=$(barman receive-wal --stop \(server) 2>&1); gone 20 && exit 0
        for s in TERM KILL; do pkill -$s -u "$(id -u)" -f \(Observer.receiver(spec)); gone 40 && exit 0; done
        echo "$r" >&2; exit 1
        """
    }

    /// `switch-wal --force` would want a superuser, for a checkpoint; a restore point fills the segment as well.
    func firstSegment(from source: NodeSpec) -> Step {
        var step = step(
            "first-wal", .add, cause: .missing, summary: "archive a first segment",
            reason: "without one no backup can be checked or taken")
        step.operations = [
            Operation(
                "write a restore point on \(source.name)", on: source.name, as: .named(source.postgresql.osUser),
                .sql(
                    database: "postgres", "SELECT pg_create_restore_point('pgregent: first segment for Barman');",
                    server: NodeLayout(source).localServer)),
            script("switch to a new segment", "barman switch-wal --archive \(server)"),
        ]
        step.effects = [
            Check(
                "barman check \(spec.server) is all OK", on: host, as: owner, .script("barman check \(server) >&2"),
                patience: .seconds(60), premise: .answers(source.name))
        ]
        return step
    }

    // MARK: parts

    private func step(_ action: String, _ change: Step.Change, cause: Step.Cause, summary: String, reason: String)
        -> Step
    {
        Step("barman", action, host, change, cause: cause, summary: summary, reason: reason, operations: [])
    }

    private func script(_ title: String, _ text: String) -> Operation {
        Operation("\(title) on \(host)", on: host, as: owner, .script(SecretText(text)))
    }

    private func write(_ path: String, _ observed: FileContent, _ content: String) -> Operation {
        Operation(
            "write \(path) on \(host)", on: host, as: owner,
            .write(FileWrite(path: path, observed: observed.text, content: content, mode: "0600")))
    }

    private func onSource(_ source: NodeSpec, _ sentence: String, _ sql: String, patience: Duration) -> Check {
        Check(
            sentence, on: source.name, as: .named(source.postgresql.osUser),
            .sql(database: "postgres", sql, server: NodeLayout(source).localServer), patience: patience,
            premise: .answers(source.name))
    }
}
