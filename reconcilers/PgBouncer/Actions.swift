import ClusterModel
import HostAccess

/// How each step of PgBouncer is done.
struct Actions {
    private let desired: Desired
    private let pooler: Desired.Pooler
    private var spec: PgBouncerSpec { desired.spec }
    private var owner: Account { .named(desired.osUser) }
    private var host: HostName { pooler.host.name }

    init(_ desired: Desired, _ pooler: Desired.Pooler) {
        self.desired = desired
        self.pooler = pooler
    }

    /// - Parameter isTried: PgBouncer is started on the new file before it is put in place.
    func rewrite(observed: FileContent, content: String, changes: [String], isRunning: Bool, isTried: Bool) -> Step {
        let isMissing = observed.isMissing
        var step = step(
            "rewrite", isMissing ? .add : .change, cause: isMissing ? .missing : .drift, summary: spec.configFile,
            reason: "pools or settings differ from what cluster.yaml and the roles ask for")
        let more = changes.count > 3 ? ", and \(changes.count - 3) more" : ""
        step.detail = changes.prefix(3).joined(separator: ", ") + more
        step.disruption = isRunning ? .reload : .none
        let write = FileWrite(
            path: spec.configFile, observed: observed.text, content: content, mode: "0640",
            owner: "\(desired.osUser):\(desired.osUser)", check: isTried ? Configuration.trial(port: spec.port) : nil)
        step.operations = [
            Operation(
                "write \(spec.configFile) on \(host)", on: host, as: .privileged(orElse: desired.osUser), .write(write))
        ]
        if isRunning {
            step.operations.append(desired.isUrgent ? reloadAndWake : console("reload PgBouncer", "RELOAD"))
            step.effects = pooler.databases.filter { !$0.backends.isEmpty }.map(leads)
        }
        return step
    }

    func auth(users: [String], from node: NodeName, cause: Step.Cause, isRunning: Bool) -> Step {
        var step = step(
            "auth", cause == .missing ? .add : .change, cause: cause, summary: spec.authFile,
            reason: "the users' secrets differ from those of \(node)")
        step.detail = users.joined(separator: ", ")
        step.disruption = isRunning ? .reload : .none
        let lines = users.map { user in
            let name = "\"\(user.replacing("\"", with: "\"\""))\" "
            return FileEdit.KeyedLine(
                prefix: name, line: "\(name)\"\(SecretUse.storedSecret(role: user, node: node))\"")
        }
        step.operations = [
            Operation(
                "set users in \(spec.authFile) on \(host)", on: host, as: .privileged(orElse: desired.osUser),
                .edit(
                    FileEdit(
                        path: spec.authFile, .keyedLines(lines), mode: "0640",
                        owner: "\(desired.osUser):\(desired.osUser)")))
        ]
        if isRunning { step.operations.append(console("reload PgBouncer", "RELOAD")) }
        return step
    }

    func start(after: [String]) -> Step {
        var step = step(
            "start", .change, cause: .repair, summary: "start PgBouncer",
            reason: "it is declared on this host and does not run")
        step.after = Set(after)
        step.operations = [service("start", fallback: "pgbouncer -d \(Quoting.shell(spec.configFile))")]
        step.effects = [answers]
        return step
    }

    func restart(detail: String, after: [String]) -> Step {
        var step = step(
            "restart", .change, cause: .config, summary: "restart PgBouncer",
            reason: "these settings are read at the start only")
        step.detail = detail
        step.disruption = .restart
        step.after = Set(after)
        let stop = """
            \(ConsoleCommand.locate(spec, binDirectory: desired.binDirectory))
            read -r p <"$pb_pid" && kill "$p" && while [ -d "/proc/$p" ]; do sleep 0.05; done
            """
        step.operations = [
            service("stop", fallback: stop),
            service("start", fallback: "pgbouncer -d \(Quoting.shell(spec.configFile))"),
        ]
        step.effects = [answers]
        return step
    }

    func reload(detail: String) -> Step {
        var step = step(
            "reload", .change, cause: .repair, summary: "RELOAD",
            reason: "the file is right, but the process has not read it")
        step.detail = detail
        step.disruption = .reload
        step.operations = [console("reload PgBouncer", "RELOAD")]
        step.effects = pooler.databases.filter { !$0.backends.isEmpty }.map(leads)
        return step
    }

    func resume(_ databases: [String], after: [String]) -> Step {
        var step = step(
            "resume", .change, cause: .repair, summary: databases.joined(separator: ", "),
            reason: "a pool was left paused: its clients wait")
        step.clientsWait = true
        step.after = Set(after)
        step.operations = databases.map { console("resume \($0)", "RESUME \(Quoting.identifier($0))") }
        return step
    }

    // MARK: parts

    private func step(_ action: String, _ change: Step.Change, cause: Step.Cause, summary: String, reason: String)
        -> Step
    {
        Step("pgbouncer", action, host, change, cause: cause, summary: summary, reason: reason, operations: [])
    }

    private func service(_ verb: String, fallback: String) -> Operation {
        var account = owner
        var command = fallback
        switch spec.service {
        case .systemd(let unit):
            account = .privileged(orElse: desired.osUser)
            command = "systemctl \(verb) \(Quoting.shell(unit ?? "pgbouncer"))"
        case .commands(let start, let stop, _, _):
            command = (verb == "start" ? start : stop) ?? fallback
        case .pgbouncer, .pgCtl, .pgCtlCluster: break
        }
        return Operation("\(verb) PgBouncer on \(host)", on: host, as: account, .script(SecretText(command)))
    }

    private func console(_ title: String, _ command: String) -> Operation { console(title, [command]) }

    private func console(_ title: String, _ commands: [String]) -> Operation {
        let words = commands.map { "-c \(Quoting.shell($0))" }.joined(separator: " ")
        return Operation(
            "\(title) on \(host)", on: host, as: owner,
            .script(
                SecretText(
                    "\(ConsoleCommand.locate(spec, binDirectory: desired.binDirectory))\npb_console -q \(words)")))
    }

    /// Within `server_login_retry` of a refused connection PgBouncer asks nobody, the new primary neither; and it looks
    /// again when something happens, or three times a second (its janitor.c). So something happens when that time is over.
    private var reloadAndWake: Operation {
        console("reload PgBouncer, and let it look again", ["RELOAD", "\\! sleep 0.1", "SHOW VERSION"])
    }

    private var answers: Check {
        Check(
            "PgBouncer's console on \(host) answers", on: host, as: owner,
            .script(
                "\(ConsoleCommand.locate(spec, binDirectory: desired.binDirectory))\npb_console -q -c 'SHOW VERSION' >/dev/null"
            ),
            patience: .seconds(10))
    }

    private func leads(_ pool: Desired.Pool) -> Check {
        let row = Quoting.shell("\(pool.spec.name)|\(pool.hostList)|")
        let script = """
            \(ConsoleCommand.locate(spec, binDirectory: desired.binDirectory))
            pb_console -q -A -t -F '|' -c 'SHOW DATABASES' | { while IFS= read -r l; do case $l in \(row)*) exit 0;; esac; done; exit 1; }
            """
        return Check(
            "\(pool.spec.name) on \(host) leads to \(pool.hostList)", on: host, as: owner, .script(script),
            patience: .seconds(5))
    }
}
