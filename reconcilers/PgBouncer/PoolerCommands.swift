import ClusterModel
import HostAccess

/// What is run for PgBouncer's actions on one host; holding and leading clients is in a file of its own.
struct PoolerCommands {
    let host: HostName
    let spec: PgBouncerSpec
    /// The account that PgBouncer runs as.
    let osUser: String
    let pauseTimeout: Duration
    private let binDirectory: String

    init(host: HostName, spec: PgBouncerSpec, cluster: ClusterSpec) {
        self.host = host
        self.spec = spec
        osUser = cluster.postgresql.osUser
        binDirectory = cluster.postgresql.binDirectory
        pauseTimeout = cluster.switchover.pauseTimeout
    }

    var owner: Account { .named(osUser) }
    /// Its files may lie under a directory that belongs to root.
    var fileAccount: Account { .privileged(orElse: osUser) }
    /// Defines `find_console` and `pb_console`.
    var console: ShellProgram { ConsoleCommand.program(spec, binDirectory: binDirectory) }

    func rewrite(_ rewrite: PoolerRewrite) -> [Operation] {
        let write = FileWrite(
            path: rewrite.file.path, observed: rewrite.file.observed, content: rewrite.file.content, mode: "0640",
            owner: "\(osUser):\(osUser)", check: rewrite.isTried ? Configuration.trial(port: spec.port) : nil)
        let file = Operation("write \(rewrite.file.path) on \(host)", on: host, as: fileAccount, .write(write))
        return [file] + (rewrite.isRunning ? [rewrite.wakes ? reloadAndWake : reload] : [])
    }

    func setUsers(_ users: [String], from node: NodeName) -> Operation {
        let lines = users.map { user in
            let name = "\"\(user.replacing("\"", with: "\"\""))\" "
            return FileEdit.KeyedLine(
                prefix: name, line: "\(name)\"\(SecretUse.storedSecret(role: user, node: node))\"")
        }
        let edit = FileEdit(path: spec.authFile, .keyedLines(lines), mode: "0640", owner: "\(osUser):\(osUser)")
        return Operation("set users in \(spec.authFile) on \(host)", on: host, as: fileAccount, .edit(edit))
    }

    var start: Operation { service("start", fallback: "pgbouncer -d \(Quoting.shell(spec.configFile))") }

    var stop: Operation {
        service(
            "stop",
            fallback: ShellProgram(Scripts.stopPooler, after: [console]).description)
    }

    private func service(_ verb: String, fallback: String) -> Operation {
        var account = owner
        var command = fallback
        switch spec.service {
        case .systemd(let unit):
            account = .privileged(orElse: osUser)
            command = "systemctl \(verb) \(Quoting.shell(unit ?? "pgbouncer"))"
        case .commands(let start, let stop, _, _):
            command = (verb == "start" ? start : stop) ?? fallback
        case .pgbouncer, .pgCtl, .pgCtlCluster: break
        }
        return Operation("\(verb) PgBouncer on \(host)", on: host, as: account, .script(SecretText(command)))
    }

    // MARK: the console

    var reload: Operation { console("reload PgBouncer", ["RELOAD"]) }

    /// Within `server_login_retry` of a refused connection PgBouncer asks nobody, the new primary neither; and it looks
    /// again when something happens, or three times a second (its janitor.c). So something happens when that time is over.
    private var reloadAndWake: Operation {
        console("reload PgBouncer, and let it look again", ["RELOAD", "\\! sleep 0.1", "SHOW VERSION"])
    }

    func resume(_ pools: [String]) -> [Operation] {
        pools.map { console("resume \($0)", ["RESUME \(Quoting.identifier($0))"]) }
    }

    var resumeAll: Operation { console("resume PgBouncer", ["RESUME"]) }

    /// KILL ends the clients and the connections of a pool, and leaves it paused.
    func endClients(of pools: [String]) -> Operation {
        console(
            "end the clients of \(pools.joined(separator: ", "))",
            pools.map(Quoting.identifier).flatMap { ["KILL \($0)", "RESUME \($0)"] })
    }

    private func console(_ title: String, _ commands: [String]) -> Operation {
        let program = ShellProgram(Scripts.askConsole, words: commands.flatMap { ["-c", $0] }, after: [console])
        return Operation("\(title) on \(host)", on: host, as: owner, .script(SecretText(program.description)))
    }

    func answers(sentence: String) -> Check {
        Check(
            sentence, on: host, as: owner,

            .script(console.calling("find_console; pb_console -q -c 'SHOW VERSION' >/dev/null").description),
            patience: .seconds(10))
    }

    func leads(_ route: PoolRoute, sentence: String) -> Check {
        let program = ShellProgram(Scripts.leads, ["row": "\(route.pool)|\(route.hosts)|"], after: [console])
        return Check(sentence, on: host, as: owner, .script(program.description), patience: .seconds(5))
    }
}
