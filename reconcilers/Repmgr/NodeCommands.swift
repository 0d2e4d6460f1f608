import ClusterModel
import HostAccess

/// What is run for repmgr's actions on one node; copies are in a file of their own.
struct NodeCommands {
    let node: NodeSpec
    let spec: ClusterSpec
    var owner: Account { .named(node.postgresql.osUser) }
    var layout: NodeLayout { NodeLayout(node) }
    var data: String { Quoting.shell(node.postgresql.dataDirectory) }
    /// Records that a copy is finished.
    var endWork: Operation {
        script(
            "remove the mark of the clone",
            layout.record.functions.calling(RecordFile.removing(UnfinishedWork.name)).description)
    }

    init(_ node: NodeSpec, _ spec: ClusterSpec) {
        self.node = node
        self.spec = spec
    }

    /// The registry's own commits wait for no standby: it is often what brings the standbys back.
    var repmgr: String {
        let waits = spec.durability.mode != .asynchronous
        let options = waits ? "PGOPTIONS='-c synchronous_commit=local' " : ""
        return options
            + "\(Quoting.shell(node.postgresql.binDirectory + "/repmgr")) -f \(Quoting.shell(spec.repmgr.configFile))"
    }

    /// As a function of a program, with its words.
    var runRepmgr: KeyValuePairs<String, String> { ["run_repmgr": "\(repmgr) \"$@\""] }

    func script(
        _ title: String, _ text: String, timeout: Operation.Timeout = .command, progress: ProgressSource? = nil
    ) -> Operation {
        Operation(
            "\(title) on \(node.name)", on: node.name, as: owner, .script(SecretText(text)), timeout: timeout,
            progress: progress)
    }

    // MARK: repmgr.conf

    /// Writes repmgr.conf: the differing settings in their own lines, everything else as it stands.
    func configure(_ path: String, differing: [Setting], observed: String?, daemonRuns: Bool) -> [Operation] {
        let write = FileWrite(
            path: path, observed: observed, content: Configuration.applied(differing, to: observed),
            owner: "\(node.postgresql.osUser):\(node.postgresql.osUser)")
        let file = Operation(
            "write \(path) on \(node.name)", on: node.name, as: .privileged(orElse: node.postgresql.osUser),
            .write(write))
        return [file]
            + (daemonRuns ? [script("let repmgrd on \(node.name) read it", RepmgrDaemon(node).reload)] : [])
    }

    // MARK: the registry

    func register(_ registration: Registration, _ spec: ClusterSpec) -> [Operation] {
        let verb =
            switch registration.type {
            case .primary: "primary register --force"
            case .witness: witnessRegister(spec.node(registration.primary) ?? node)
            case .standby:
                "standby register --force --upstream-node-id=\(registration.upstream.flatMap { spec.node($0)?.id } ?? 0)"
            }
        return [script("register \(node.name) as \(registration.type.rawValue)", "\(repmgr) \(verb)")]
            + (registration.removesMark ? [endWork] : [])
    }

    private func witnessRegister(_ primary: NodeSpec) -> String {
        let (user, database) = (Quoting.shell(spec.repmgr.user), Quoting.shell(spec.repmgr.database))
        return
            "witness register --force -h \(Quoting.shell(primary.host)) -p \(primary.postgresql.port) -U \(user) -d \(database)"
    }

    /// Asked of the primary, in whose registry the other node is.
    func unregister(_ other: NodeSpec, type: RecordType) -> Operation {
        let kind = type == .witness ? "witness" : "standby"
        return script("unregister \(other.name)", "\(repmgr) \(kind) unregister --node-id=\(other.id)")
    }

    func isRecorded(_ other: NodeSpec, as type: RecordType, upstream: NodeSpec?, sentence: String) -> Check {
        let parent = upstream.map { "upstream_node_id = \($0.id)" } ?? "upstream_node_id IS NULL"
        return registryCheck(
            sentence,
            "SELECT EXISTS (SELECT FROM repmgr.nodes WHERE node_id = \(other.id) AND type = '\(type.rawValue)' AND active AND \(parent))"
        )
    }

    func hasNoRecord(_ other: NodeSpec, sentence: String) -> Check {
        registryCheck(sentence, "SELECT count(*) = 0 FROM repmgr.nodes WHERE node_id = \(other.id)")
    }

    private func registryCheck(_ sentence: String, _ sql: String) -> Check {
        Check(
            sentence, on: node.name, as: owner,
            .sql(database: spec.repmgr.database, sql, server: layout.localServer), patience: .seconds(5))
    }

    // MARK: repmgrd

    var startDaemon: Operation {
        let hasCommand = spec.repmgr.settings.contains { $0.name == "repmgrd_service_start_command" }
        return script(
            "start repmgrd",
            RepmgrDaemon(node).start(configFile: spec.repmgr.configFile, hasServiceCommand: hasCommand))
    }

    func daemonRuns(sentence: String) -> Check {
        Check(
            sentence, on: node.name, as: owner,
            .script(RepmgrDaemon(node).find.calling("find_repmgrd; [ -n \"$daemon\" ]").description),
            patience: .seconds(5))
    }

    /// What `repmgr service pause` does, on this node alone: repmgrd is kept from acting by itself while the primary changes.
    ///
    /// The record says that it was pgregent who paused it: one that a person paused stays paused, and
    /// what a killed run has paused is known to the next one. (repmgrd's own pause outlives its server's restart.)
    var pauseDaemon: Operation {
        script(
            "pause repmgrd",
            ShellProgram(
                Scripts.pauseRepmgrd, ["section": HostRecord.repmgrd],
                functions: [
                    "is_paused": ask("SELECT repmgr.repmgrd_is_paused()"),
                    "pause": ask("SELECT repmgr.repmgrd_pause(true)"),
                ], after: [layout.record.functions]
            ).description)
    }

    var unpauseDaemon: Operation {
        script(
            "unpause repmgrd",
            ShellProgram(
                Scripts.unpauseRepmgrd, ["section": HostRecord.repmgrd],
                functions: ["unpause": ask("SELECT repmgr.repmgrd_pause(false)")], after: [layout.record.functions]
            ).description)
    }

    func daemonIsPaused(sentence: String) -> Check {
        Check(
            sentence, on: node.name, as: owner,
            .sql(
                database: spec.repmgr.database, "SELECT repmgr.repmgrd_is_paused()", server: layout.localServer))
    }

    private func ask(_ sql: String) -> String {
        HostSQL.value(sql, database: spec.repmgr.database, server: layout.localServer)
    }
}
