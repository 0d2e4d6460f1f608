import ClusterModel
import HostAccess

/// Brings a backup and its log from the backup host into a node's data directory.
///
/// Barman copies with rsync from its own host: nothing is stored twice, and what it copies may be of any size.
struct Fetch {
    private let spec: BarmanSpec
    private let node: NodeSpec

    init(_ spec: BarmanSpec, to node: NodeSpec) {
        self.spec = spec
        self.node = node
    }

    /// On the backup host: who recovers.
    static func record(_ spec: BarmanSpec) -> RecordFile {
        RecordFile("~/.pgregent/\(FileName.encoded(spec.server)).barman")
    }

    func operations(_ recovery: Recovery) -> [Operation] {
        [
            operation("bring the log to Barman's archive", archive),
            operation("barman recover \(recovery.backup) to \(node.name)", recover(recovery)),
            operation("send the unfinished segment to \(node.name)", sendPartial),
        ]
    }

    private func operation(_ title: String, _ text: String) -> Operation {
        Operation(
            "\(title) on \(spec.hostName)", on: spec.hostName, as: .named("barman"), .script(SecretText(text)),
            timeout: .clone)
    }

    private var login: String { "\(node.postgresql.osUser)@\(node.host)" }

    private var archive: String { ShellProgram(Scripts.archiveLog, ["server": spec.server]).description }

    private func recover(_ recovery: Recovery) -> String {
        let port = node.ssh.port.map { "-p \($0) " } ?? ""
        return ShellProgram(
            Scripts.recoverBackup,
            [
                "ssh_command": "ssh -o BatchMode=yes \(port)\(Quoting.shell(login))", "server": spec.server,
                "backup": recovery.backup, "data": node.postgresql.dataDirectory,
            ], words: recovery.targetTime.map { ["--target-time", $0, "--target-action", "promote"] } ?? [],
            after: [Self.record(spec).work]
        ).description
    }

    private var sendPartial: String {
        let home = "\(spec.home)/\(spec.server)"
        let take = "sh -c \(Quoting.shell(Scripts.takeSegment.text)) sh \(Quoting.shell(node.postgresql.dataDirectory))"
        return ShellProgram(
            Scripts.sendPartial,
            [
                "received": home + "/streaming", "kept": home + "/pgregent-partial",
                "port": node.ssh.port.map { String($0) } ?? "", "login": login, "take_segment": take,
            ]
        ).description
    }
}
