package import ClusterModel
import HostAccess

/// PgBouncer's part of a planned change of primary, on one host: hold the clients, lead them elsewhere, let them go.
package struct SwitchoverActions {
    private let desired: Desired
    private let pooler: Desired.Pooler
    private let observed: Observed
    private let pauseTimeout: Duration
    /// Databases that lead to the old primary now, whose clients would meet it stopped. A pool of standbys is not held:
    /// its long queries would hold up everything.
    private let held: [String]

    /// - Parameters:
    ///   - desired: as it shall be after the switchover.
    ///   - old: the host of the primary until then.
    package init?(
        _ desired: Desired, host: HostName, observed: Seen<Observed>?, leaving old: String, pauseTimeout: Duration
    ) {
        guard let pooler = desired.poolers.first(where: { $0.host.name == host }), let seen = observed?.value else {
            return nil
        }
        self.desired = desired
        self.pooler = pooler
        self.observed = seen
        self.pauseTimeout = pauseTimeout
        let leading = (seen.console.value?.databases ?? []).filter {
            $0.host.split(separator: ",").contains { $0 == old }
        }
        held = pooler.databases.filter { pool in
            pool.spec.target != .local && leading.contains { $0.name == pool.spec.name }
        }.map(\.spec.name)
    }

    private var host: HostName { pooler.host.name }
    private var owner: Account { .named(desired.osUser) }
    private var nextFile: String { desired.spec.configFile + ".pgregent-next" }
    private var text: String {
        Configuration(desired: desired, pooler: pooler, content: observed.configuration).applied
    }
    private var locate: String { ConsoleCommand.locate(desired.spec, binDirectory: desired.binDirectory) }

    /// The new file is written beside the old one, and tried, while clients still work.
    package func stage() -> Step {
        var step = step(
            "stage", summary: "\(desired.spec.configFile), to be put in place",
            reason: "what can be done before clients are held is done before")
        let file = desired.spec.configFile
        let write = FileWrite(
            path: nextFile, observed: nil, content: text, mode: "0640", owner: "\(desired.osUser):\(desired.osUser)",
            check: Configuration.trial(port: desired.spec.port))
        step.operations = [
            Operation(
                "remove an earlier \(nextFile) on \(host)", on: host, as: fileAccount,
                .script(SecretText("rm -f \(Quoting.shell(nextFile))"))),
            Operation("write \(nextFile) on \(host)", on: host, as: fileAccount, .write(write)),
            Operation(
                "keep a copy of \(file) on \(host)", on: host, as: fileAccount,
                .script(SecretText("cp -p \(Quoting.shell(file)) \(Quoting.shell(file + ".pgregent-backup"))"))),
            Operation(
                "open PgBouncer's console on \(host)", on: host, as: owner,
                .script(SecretText(console.open(locate, seconds: pauseSeconds + 60)))),
        ]
        return step
    }

    /// - Returns: nil where no pool leads to the old primary.
    package func pause() -> Step? {
        guard !held.isEmpty else { return nil }
        var step = step(
            "pause", summary: held.joined(separator: ", "),
            reason: "clients wait in PgBouncer instead of seeing an error")
        step.clientsWait = true
        // PAUSE waits for running transactions; past the deadline it is given up, and the next look resumes the pools.
        let script = """
            \(pausing(held.map { "PAUSE \(Quoting.identifier($0))" }))
            [ $s = 124 ] && echo "\(blocker) after \(pauseSeconds) s" >&2; exit $s
            """
        step.operations = [
            Operation("pause pools on \(host)", on: host, as: owner, .script(SecretText(script)), span: .moment)
        ]
        return step
    }

    /// The new file takes the old one's place once the old primary is down: it is read when the pools are led away.
    package func place() -> Step {
        var step = step(
            "place", summary: "\(desired.spec.configFile), to be read", reason: "it was written and tried before")
        step.clientsWait = true
        let swap = "exec mv \(Quoting.shell(nextFile)) \(Quoting.shell(desired.spec.configFile))"
        step.operations = [
            Operation(
                "put \(desired.spec.configFile) in place on \(host)", on: host, as: fileAccount,
                .script(SecretText(swap)), span: .moment)
        ]
        return step
    }

    /// Leads clients to the new primary and lets them go.
    package func route() -> Step {
        var step = step(
            "route",
            summary: held.isEmpty
                ? "RELOAD" : "\(held.joined(separator: ", ")) -> \(desired.routes.primary?.node ?? "?"), and resume",
            reason: "the new primary takes writes")
        step.clientsWait = true
        let commands = ["RELOAD"] + held.map { "RESUME \(Quoting.identifier($0))" }
        step.operations = [
            Operation(
                "reload and resume on \(host)", on: host, as: owner,
                .script(SecretText(ask(commands) + "\nexit $s")), span: .moment)
        ]
        return step
    }

    /// Lets clients go on where they were.
    package func release() -> Step? {
        guard !held.isEmpty else { return nil }
        var step = step("release", summary: held.joined(separator: ", "), reason: "the primary takes writes again")
        step.clientsWait = true
        let commands = held.map { "RESUME \(Quoting.identifier($0))" }
        step.operations = [
            Operation(
                "resume pools on \(host)", on: host, as: owner,
                .script(SecretText(ask(commands) + "\nexit $s")), span: .moment)
        ]
        return step
    }

    private var blocker: String {
        observed.console.value?.settings["pool_mode"] == "session"
            ? "pool_mode is session, and a client was still connected" : "a transaction was still running"
    }

    private var pauseSeconds: Int64 { max(1, pauseTimeout.components.seconds) }
    private var console: HeldConsole { HeldConsole(user: desired.spec.adminUser, deadline: pauseSeconds) }

    private func ask(_ commands: [String]) -> String {
        console.ask(last: commands, orElse: plain(commands, seconds: 10))
    }

    private func pausing(_ commands: [String]) -> String {
        console.askInTime(commands, orElse: plain(commands, seconds: pauseSeconds))
    }

    private func plain(_ commands: [String], seconds: Int64) -> String {
        let words = commands.map { "-c \(Quoting.shell($0))" }.joined(separator: " ")
        let psql = #""$pb_psql" -X -q -h "$pb_dir" -p "$pb_port" -U"#
        return """
            \(locate)
            export PGCONNECT_TIMEOUT=3
            timeout \(seconds) \(psql) \(Quoting.shell(desired.spec.adminUser)) -d pgbouncer -v ON_ERROR_STOP=1 \(words)
            """
    }

    private var fileAccount: Account { .privileged(orElse: desired.osUser) }

    private func step(_ action: String, summary: String, reason: String) -> Step {
        Step("pgbouncer", action, host, .change, cause: .switchover, summary: summary, reason: reason, operations: [])
    }
}
