package import ClusterModel
import FoundationEssentials
package import HostAccess
import OpenSSH
import PostgresClient
import Synchronization

/// The real world: ssh, libpq, the clock, and the files that hold passwords.
package final class RealDoors: Doors {
    private let spec: ClusterSpec
    private let runtimeDirectory: String
    private let home: String
    private let open = Mutex(Open())

    private struct Open {
        var shells: [HostSpec: OpenSSHShell] = [:]
        var sessions: [String: PostgresSession] = [:]
        /// Passwords already held against what a server has stored: each check is thousands of hashes on purpose.
        var checked: [Checked: Bool] = [:]
    }

    private struct Checked: Hashable {
        var password: Secret
        var stored: Secret
    }

    package init(_ spec: ClusterSpec) throws {
        self.spec = spec
        home = Places.home
        runtimeDirectory = try Places.runtimeDirectory()
    }

    package let clock: any WallClock = SystemClock()

    package func shell(_ host: HostSpec) -> any RemoteShell {
        open.withLock { open in
            if let shell = open.shells[host] { return shell }
            let shell = OpenSSHShell(host, runtimeDirectory: runtimeDirectory, home: home)
            open.shells[host] = shell
            return shell
        }
    }

    package func sql(_ node: NodeSpec, database: String) -> any SQLSession {
        open.withLock { open in
            let key = "\(node.name)\u{0}\(database)"
            if let session = open.sessions[key] { return session }
            let session = newPostgresSession(node, database: database, called: SessionName.work)
            open.sessions[key] = session
            return session
        }
    }

    package func newSession(_ node: NodeSpec, database: String) -> any SQLSession {
        newPostgresSession(node, database: database, called: SessionName.watch)
    }

    private func newPostgresSession(_ node: NodeSpec, database: String, called name: String) -> PostgresSession {
        var parameters = [
            ("host", node.host), ("port", String(node.postgresql.port)), ("user", spec.repmgr.user),
            ("dbname", database), ("application_name", name),
        ]
        for setting in node.conninfo where !parameters.contains(where: { $0.0 == setting.name }) {
            parameters.append((setting.name, setting.value))
        }
        let password = spec.repmgr.password.flatMap { try? secret($0) }
        return PostgresSession(parameters: parameters, password: password)
    }

    package func secret(_ source: SecretSource) throws(SecretFailure) -> Secret {
        switch source {
        case .environment(let name):
            guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
                throw SecretFailure("environment variable \(name) is not set, and a password is to be in it")
            }
            return Secret(value)
        case .file(let named):
            let path = Places.expanded(named)
            guard let data = FileManager.default.contents(atPath: path) else {
                throw SecretFailure("password file \(path) cannot be read")
            }
            var text = String(decoding: data, as: UTF8.self)
            if text.hasSuffix("\n") { text.removeLast() }
            guard !text.isEmpty, !text.contains(where: \.isNewline) else {
                throw SecretFailure("password file \(path) does not hold one line")
            }
            return Secret(text)
        }
    }

    package func password(_ password: Secret, matchesSCRAM stored: Secret) -> Bool {
        let question = Checked(password: password, stored: stored)
        if let known = open.withLock({ $0.checked[question] }) { return known }
        let answer = SCRAMSecret.matches(password: password, stored: stored)
        open.withLock { $0.checked[question] = answer }
        return answer
    }

    package func scramSecret(of password: Secret) throws(SecretFailure) -> Secret {
        try SCRAMSecret.make(password: password)
    }

    package func local(_ command: String, deadline: Duration) async throws(ShellFailure) -> ShellResult {
        try await LocalCommand(command).run(deadline: deadline)
    }

    /// Closes sessions. The master connections stay open for a while: the next run finds them.
    package func close() async {
        let (shells, sessions) = open.withLock { open in
            defer { open = Open() }
            return (Array(open.shells.values), Array(open.sessions.values))
        }
        await withTaskGroup(of: Void.self) { group in
            for shell in shells { group.addTask { await shell.close() } }
            for session in sessions { group.addTask { await session.close() } }
        }
    }
}

/// The machine's clocks.
package struct SystemClock: WallClock {
    private static let begin = ContinuousClock.now

    package init() {}

    package var secondsSinceEpoch: Double { Date().timeIntervalSince1970 }
    package var uptime: Duration { ContinuousClock.now - Self.begin }

    package func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }

    package func jitter() -> Double { .random(in: 0...1) }
}
