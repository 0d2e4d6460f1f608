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
                .script(SecretText(heldConsole.open(seconds: pauseSeconds + 60).description))),
        ]
    }

    /// PAUSE waits for running transactions; past the deadline it is given up, and the next pass resumes the pools.
    func pause(_ pools: [String], _ mode: PoolMode) -> Operation {
        let blocker =
            mode == .session
            ? "pool_mode is session, and a client was still connected" : "a transaction was still running"
        let commands = pools.map { "PAUSE \(Quoting.identifier($0))" }
        return moment("pause pools", as: owner, heldConsole.pause(commands, blocker: blocker).description)
    }

    /// The new file takes the old one's place once the old primary is down: it is read when the pools are led away.
    func place(_ file: PoolerFile) -> Operation {
        moment(
            "put \(file.path) in place", as: fileAccount,
            "exec mv \(Quoting.shell(Self.next(file))) \(Quoting.shell(file.path))")
    }

    /// Leads clients to the new primary and lets them go.
    func route(_ pools: [String]) -> Operation {
        moment("reload and resume", as: owner, heldConsole.letGo(["RELOAD"] + Self.resuming(pools)).description)
    }

    /// Lets clients go on where they were.
    func release(_ pools: [String]) -> Operation {
        moment("resume pools", as: owner, heldConsole.letGo(Self.resuming(pools)).description)
    }

    private static func resuming(_ pools: [String]) -> [String] {
        pools.map { "RESUME \(Quoting.identifier($0))" }
    }

    private func moment(_ title: String, as account: Account, _ text: String) -> Operation {
        Operation("\(title) on \(host)", on: host, as: account, .script(SecretText(text)), timeout: .immediate)
    }

    private var pauseSeconds: Int64 { max(1, pauseTimeout.components.seconds) }
    private var heldConsole: HeldConsole { HeldConsole(console: console, deadline: pauseSeconds) }
}
