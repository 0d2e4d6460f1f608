import ClusterModel
import HostAccess

/// What is run for Barman's actions on the backup host.
struct BackupCommands {
    private let spec: BarmanSpec
    private var host: HostName { spec.hostName }
    /// Barman's own account on its host: the owner of its home.
    private var owner: Account { .named("barman") }
    var server: String { Quoting.shell(spec.server) }

    init(_ spec: BarmanSpec) {
        self.spec = spec
    }

    // MARK: files

    func write(_ file: ObservedFile, mode: String, as account: Account) -> Operation {
        let write = FileWrite(path: file.path, observed: file.observed, content: file.content, mode: mode)
        return Operation("write \(file.path) on \(host)", on: host, as: account, .write(write))
    }

    func setPassfile(_ path: String, _ entries: [FileEdit.KeyedLine]) -> Operation {
        Operation(
            "set passfile entries on \(host)", on: host, as: owner,
            .edit(FileEdit(path: path, .keyedLines(entries), mode: "0600")))
    }

    func setAlias(_ change: AliasChange) -> [Operation] {
        var operations = change.service.map { [write($0, mode: "0600", as: owner)] } ?? []
        if let ssh = change.ssh {
            if ssh.observed == nil {
                operations.append(
                    script("make ~/.ssh", "mkdir -p -m 0700 \(Quoting.shell(spec.home + "/.ssh"))"))
            }
            operations.append(write(ssh, mode: "0600", as: owner))
        }
        return operations
    }

    // MARK: the stream

    func dropSlot(_ name: String, on former: NodeSpec) -> Operation {
        onServer(
            former, "drop slot \(name)",
            SecretText(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = \(Quoting.literal(name)) AND NOT active;"
            ))
    }

    func receive(_ start: ReceiverStart, from source: NodeSpec) -> [Operation] {
        var operations: [Operation] = []
        if start.isGone {
            operations.append(
                onServer(
                    source, "end the connection of the receiver that is gone",
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_replication \
                    WHERE usename = \(Quoting.literal(spec.streamingUser)) AND application_name = 'barman_receive_wal';
                    """))
        }
        if start.mayRunElsewhere { operations.append(script("end the receiver of another source", endReceiver)) }
        // Barman's own cron starts what should run and does not, and leaves the rest alone.
        return operations + [
            script("see where the receiver goes on", ReceiverPosition(spec).script),
            script("barman cron", "barman cron"),
        ]
    }

    /// Barman ends its own process and leaves pg_receivewal behind when that waits for a source that vanished; nothing of
    /// Barman's knows that one any more. What it has written stays, as a partial segment that the next one goes on with.
    private var endReceiver: String {
        ShellProgram(Scripts.endReceiver, ["server": spec.server], after: [Observer.receiverRuns(spec)]).description
    }

    /// `switch-wal --force` would want a superuser, for a checkpoint; a restore point fills the segment as well.
    func archiveFirstSegment(from source: NodeSpec) -> [Operation] {
        [
            onServer(
                source, "write a restore point",
                "SELECT pg_create_restore_point('pgregent: first segment for Barman');"),
            script("switch to a new segment", "barman switch-wal --archive \(server)"),
        ]
    }

    // MARK: what is asked

    func hasSlot(_ name: String, on source: NodeSpec, sentence: String) -> Check {
        ask(
            source, sentence,
            "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = \(Quoting.literal(name)))",
            within: .seconds(5))
    }

    func receives(from source: NodeSpec, sentence: String) -> Check {
        ask(
            source, sentence,
            "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE usename = \(Quoting.literal(spec.streamingUser)) AND state = 'streaming')",
            within: .seconds(30))
    }

    func checkPasses(source: NodeName, sentence: String) -> Check {
        Check(
            sentence, on: host, as: owner, .script("barman check \(server) >&2"), patience: .seconds(60),
            premise: .answers(source))
    }

    // MARK: parts

    func script(_ title: String, _ text: String) -> Operation {
        Operation("\(title) on \(host)", on: host, as: owner, .script(SecretText(text)))
    }

    private func onServer(_ node: NodeSpec, _ title: String, _ sql: SecretText) -> Operation {
        Operation(
            "\(title) on \(node.name)", on: node.name, as: .named(node.postgresql.osUser),
            .sql(database: "postgres", sql, server: NodeLayout(node).localServer))
    }

    private func ask(_ source: NodeSpec, _ sentence: String, _ sql: String, within patience: Duration) -> Check {
        Check(
            sentence, on: source.name, as: .named(source.postgresql.osUser),
            .sql(database: "postgres", sql, server: NodeLayout(source).localServer), patience: patience,
            premise: .answers(source.name))
    }
}
