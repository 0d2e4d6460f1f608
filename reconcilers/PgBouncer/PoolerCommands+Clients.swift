import ClusterModel
import HostAccess

/// Holding clients, leading them elsewhere, letting them go.
extension PoolerCommands {
    private static func next(_ file: PoolerFile) -> String { file.path + ".pgregent-next" }

    /// The new file is written beside the old one, and tried, while clients still work.
    func stage(_ file: PoolerFile) -> [Operation] {
        let next = Self.next(file)
        let write = FileWrite(
            path: next, observed: nil, content: file.content, mode: "0640", owner: "\(osUser):\(osUser)",
            check: Configuration.trial(port: spec.port))
        return [
            Operation(
                "remove an earlier \(next) on \(host)", on: host, as: fileAccount,
                .script(SecretText("rm -f \(Quoting.shell(next))"))),
            Operation("write \(next) on \(host)", on: host, as: fileAccount, .write(write)),
            Operation(
                "keep a copy of \(file.path) on \(host)", on: host, as: fileAccount,
                .script(
                    SecretText("cp -p \(Quoting.shell(file.path)) \(Quoting.shell(file.path + ".pgregent-backup"))"))),
            Operation(
                "open PgBouncer's console on \(host)", on: host, as: owner,
                .script(SecretText(console.open(locate, seconds: pauseSeconds + 60)))),
        ]
    }

    /// PAUSE waits for running transactions; past the deadline it is given up, and the next pass resumes the pools.
    func pause(_ pools: [String], _ mode: PoolMode) -> Operation {
        let blocker =
            mode == .session
            ? "pool_mode is session, and a client was still connected" : "a transaction was still running"
        let commands = pools.map { "PAUSE \(Quoting.identifier($0))" }
        return moment(
            "pause pools", as: owner,
            """
            \(console.askInTime(commands, orElse: plain(commands, seconds: pauseSeconds)))
            [ $s = 124 ] && echo "\(blocker) after \(pauseSeconds) s" >&2; exit $s
            """)
    }

    /// The new file takes the old one's place once the old primary is down: it is read when the pools are led away.
    func place(_ file: PoolerFile) -> Operation {
        moment(
            "put \(file.path) in place", as: fileAccount,
            "exec mv \(Quoting.shell(Self.next(file))) \(Quoting.shell(file.path))")
    }

    /// Leads clients to the new primary and lets them go.
    func route(_ pools: [String]) -> Operation {
        moment("reload and resume", as: owner, ask(["RELOAD"] + Self.resuming(pools)) + "\nexit $s")
    }

    /// Lets clients go on where they were.
    func release(_ pools: [String]) -> Operation {
        moment("resume pools", as: owner, ask(Self.resuming(pools)) + "\nexit $s")
    }

    private static func resuming(_ pools: [String]) -> [String] {
        pools.map { "RESUME \(Quoting.identifier($0))" }
    }

    private func moment(_ title: String, as account: Account, _ text: String) -> Operation {
        Operation("\(title) on \(host)", on: host, as: account, .script(SecretText(text)), span: .moment)
    }

    private var pauseSeconds: Int64 { max(1, pauseTimeout.components.seconds) }
    private var console: HeldConsole { HeldConsole(user: spec.adminUser, deadline: pauseSeconds) }

    private func ask(_ commands: [String]) -> String {
        console.ask(last: commands, orElse: plain(commands, seconds: 10))
    }

    private func plain(_ commands: [String], seconds: Int64) -> String {
        let words = commands.map { "-c \(Quoting.shell($0))" }.joined(separator: " ")
        let psql = #""$pb_psql" -X -q -h "$pb_dir" -p "$pb_port" -U"#
        return """
            \(locate)
            export PGCONNECT_TIMEOUT=3
            timeout \(seconds) \(psql) \(Quoting.shell(spec.adminUser)) -d pgbouncer -v ON_ERROR_STOP=1 \(words)
            """
    }
}
