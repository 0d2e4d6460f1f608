package import ClusterModel
import HostAccess

/// PgBouncer's part of a planned change of primary, on one host: hold the clients, lead them elsewhere, let them go.
package struct SwitchoverActions {
    private let desired: Desired
    private let pooler: Desired.Pooler
    private let observed: Observed
    private let pauseTimeout: Duration

    /// - Parameter desired: as it shall be after the switchover.
    package init?(_ desired: Desired, host: HostName, observed: Seen<Observed>?, pauseTimeout: Duration) {
        guard let pooler = desired.poolers.first(where: { $0.host.name == host }), let seen = observed?.value else {
            return nil
        }
        self.desired = desired
        self.pooler = pooler
        self.observed = seen
        self.pauseTimeout = pauseTimeout
    }

    /// Databases whose clients write: held while the primary changes.
    private var held: [String] { pooler.databases.filter { $0.spec.target != .local }.map(\.spec.name) }
    private var host: HostName { pooler.host.name }
    private var owner: Account { .named(desired.osUser) }
    private var nextFile: String { desired.spec.configFile + ".pgregent-next" }
    private var text: String { Configuration(desired: desired, pooler: pooler).applied(to: observed.configuration) }
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
        ]
        return step
    }

    package func pause() -> Step {
        var step = step(
            "pause", summary: held.joined(separator: ", "),
            reason: "clients wait in PgBouncer instead of seeing an error")
        let seconds = max(1, pauseTimeout.components.seconds)
        let commands = held.map { "-c \(Quoting.shell("PAUSE \($0)"))" }.joined(separator: " ")
        // PAUSE waits for running transactions; past the deadline it is given up, and the next look resumes the pools.
        let script = """
            \(locate)
            export PGCONNECT_TIMEOUT=3
            timeout \(seconds) "$pb_psql" -X -q -h "$pb_dir" -p "$pb_port" -U \(Quoting.shell(desired.spec.adminUser)) -d pgbouncer -v ON_ERROR_STOP=1 \(commands)
            s=$?; [ $s = 124 ] && echo "a transaction was still running after \(seconds) s" >&2; exit $s
            """
        step.operations = [Operation("pause pools on \(host)", on: host, as: owner, .script(SecretText(script)))]
        return step
    }

    /// Leads clients to the new primary and lets them go.
    package func route() -> Step {
        var step = step(
            "route", summary: "\(held.joined(separator: ", ")) -> \(desired.routes.primary?.node ?? "?"), and resume",
            reason: "the new primary takes writes")
        let file = Quoting.shell(desired.spec.configFile)
        let swap = "mv \(Quoting.shell(nextFile)) \(file)"
        let resume = held.map { "-c \(Quoting.shell("RESUME \($0)"))" }.joined(separator: " ")
        step.operations = [
            Operation(
                "put \(desired.spec.configFile) in place on \(host)", on: host, as: fileAccount,
                .script(SecretText(swap))),
            Operation(
                "reload and resume on \(host)", on: host, as: owner,
                .script(SecretText("\(locate)\npb_console -q -c RELOAD \(resume)"))),
        ]
        return step
    }

    private var fileAccount: Account { .privileged(orElse: desired.osUser) }

    private func step(_ action: String, summary: String, reason: String) -> Step {
        Step("pgbouncer", action, host, .change, cause: .switchover, summary: summary, reason: reason, operations: [])
    }
}
