package import ClusterModel
package import HostAccess

/// What pgregent asks the backup host about Barman, and how it reads the answers.
package struct Observer: Sendable {
    private let spec: BarmanSpec
    private let passfile: [FileEdit.KeyedLine]
    private let deep: Bool
    private let bootstrap: BootstrapSpec

    /// - Parameter deep: also run `barman check`, which takes about a second.
    /// - Parameter bootstrap: backups matter only to a cluster that may be recovered from one.
    package init(spec: BarmanSpec, passfile: [FileEdit.KeyedLine], deep: Bool, bootstrap: BootstrapSpec = .none) {
        self.bootstrap = bootstrap
        self.spec = spec
        self.passfile = passfile
        self.deep = deep
    }

    /// Defines `receiver_runs`, which succeeds while a receiver of this server runs.
    static func receiverRuns(_ spec: BarmanSpec) -> ShellProgram {
        ShellProgram(Scripts.receiverRuns, ["receiver": "pg_receivewal .*/\(spec.server)/streaming"])
    }

    /// The questions to the host, as Barman's account.
    package var script: String {
        let files = Files(spec)
        let program = ShellProgram(
            Scripts.observe,
            [
                "configuration_file": files.configuration, "service_file": files.service, "ssh_file": files.ssh,
                "passfile": files.passfile, "archive": "\(spec.home)/\(spec.server)/wals",
                "as_root": HostProbe.becomesRoot(spec.ssh, as: "barman"), "server": spec.server,
                "deep": deep ? "yes" : "no",
            ], after: [Self.receiverRuns(spec)])
        return "\(program)\n\(Backups.script(spec, bootstrap))"
    }

    package func observed(_ answers: HostProbe.Answers, doors: any Doors) -> Observed {
        let passfileText = answers.text("bm.passfile").text
        return Observed(
            missingPrograms: answers.words("bm.absent"),
            configuration: answers.text("bm.conf"),
            serviceFile: answers.text("bm.service"),
            sshConfiguration: answers.text("bm.ssh"),
            passfileFits: PassfileEntries.fit(passfile, in: passfileText.map { Secret($0) }, doors: doors),
            hasPassfile: passfileText != nil,
            hasArchive: answers.isYes("bm.archive"),
            check: answers.text("bm.check").text.map(Self.check),
            unwritable: answers.words("bm.unwritable"), receiverRuns: answers.isYes("bm.receiver"),
            backups: Backups(answers, bootstrap))
    }

    /// Reads `\tssh: OK (…)` lines; no line at all is a failure too.
    static func check(_ text: String) -> Observed.Check {
        let lines = text.split(separator: "\n").map(\.trimmed)
        let failed = lines.filter { $0.contains(": FAILED") || $0.hasPrefix("ERROR") }
        let passed = lines.contains { $0.contains(": OK") }
        let words = failed.map { $0.replacing(": FAILED", with: ":").trimmed }
        return Observed.Check(
            passed: passed && failed.isEmpty, failed: passed || !words.isEmpty ? words : ["barman check said nothing"])
    }
}

/// Where Barman's files for this server are.
struct Files {
    let configuration: String
    let service: String
    let ssh: String
    let passfile: String

    init(_ spec: BarmanSpec) {
        configuration = "\(spec.configurationDirectory)/\(spec.server).conf"
        service = "\(spec.home)/.pg_service.conf"
        ssh = "\(spec.home)/.ssh/config"
        passfile = "\(spec.home)/.pgpass"
    }
}
