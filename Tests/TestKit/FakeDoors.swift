package import ClusterModel
package import HostAccess
import Synchronization

/// Doors that lead to a script of answers instead of hosts, and remember what was asked.
package final class FakeDoors: Doors {
    package typealias Answer = @Sendable (_ host: HostName, _ script: String) throws(ShellFailure) -> ShellResult

    private struct Asked {
        var scripts: [(host: HostName, script: String)] = []
        var running = 0
        var mostAtOnce = 0
    }

    private let asked = Mutex(Asked())
    private let answer: Answer
    /// What every session answers; nil: none can be opened.
    private let sessionAnswer: String?
    private let secrets: [SecretSource: Secret]
    private let time = FakeClock()
    package var clock: any WallClock { time }

    /// - Parameter answer: what a host says to a script; everything succeeds and says nothing by default.
    package init(
        secrets: [SecretSource: Secret] = [:], sessionAnswer: String? = nil,
        answer: @escaping Answer = { _, _ in .fine }
    ) {
        self.secrets = secrets
        self.sessionAnswer = sessionAnswer
        self.answer = answer
    }

    package var scripts: [(host: HostName, script: String)] { asked.withLock { $0.scripts } }
    /// The most scripts that were under way at the same time.
    package var mostAtOnce: Int { asked.withLock { $0.mostAtOnce } }

    package func shell(_ host: HostSpec) -> any RemoteShell { FakeShell(host: host.name, doors: self) }
    package func sql(_ node: NodeSpec, database: String) -> any SQLSession {
        FakeSession(answer: sessionAnswer)
    }
    package func newSession(_ node: NodeSpec, database: String) -> any SQLSession {
        FakeSession(answer: sessionAnswer)
    }

    package func local(_ command: String, deadline: Duration) async throws(ShellFailure) -> ShellResult {
        try await run("here", command)
    }

    package func secret(_ source: SecretSource) throws(SecretFailure) -> Secret {
        guard let secret = secrets[source] else { throw SecretFailure("\(source) is not there") }
        return secret
    }

    package func password(_ password: Secret, matchesSCRAM stored: Secret) -> Bool {
        stored.exposed == "SCRAM-SHA-256$\(password.exposed)"
    }

    package func scramSecret(of password: Secret) throws(SecretFailure) -> Secret {
        Secret("SCRAM-SHA-256$\(password.exposed)")
    }

    func run(_ host: HostName, _ script: String) async throws(ShellFailure) -> ShellResult {
        asked.withLock { asked in
            asked.scripts.append((host, script))
            asked.running += 1
            asked.mostAtOnce = max(asked.mostAtOnce, asked.running)
        }
        defer { asked.withLock { $0.running -= 1 } }
        // Lets what runs side by side get there.
        for _ in 0..<20 { await Task.yield() }
        return try answer(host, script)
    }
}

extension ShellResult {
    package static let fine = ShellResult(status: 0, output: "", errors: "")

    package static func says(_ output: String) -> ShellResult { ShellResult(status: 0, output: output, errors: "") }
    package static func fails(_ status: Int32, _ errors: String) -> ShellResult {
        ShellResult(status: status, output: "", errors: errors)
    }
}

private struct FakeShell: RemoteShell {
    let host: HostName
    let doors: FakeDoors

    func run(_ batch: [ShellScript], deadline: Duration) async throws(ShellFailure) -> [ShellResult] {
        var results: [ShellResult] = []
        for script in batch { results.append(try await doors.run(host, script.script)) }
        return results
    }

    func runAlone(_ script: ShellScript, deadline: Duration) async throws(ShellFailure) -> ShellResult {
        try await doors.run(host, script.script)
    }

    func close() async {}
}

private struct FakeSession: SQLSession {
    let answer: String?

    func query(_ sql: String, deadline: Duration) async throws(SQLFailure) -> [SQLResult] {
        [try await query(sql, parameters: [], deadline: deadline)]
    }

    func query(_ sql: String, parameters: [String?], deadline: Duration) async throws(SQLFailure) -> SQLResult {
        guard let answer else { throw SQLFailure(.refused, "nothing listens") }
        return SQLResult(columns: ["answer"], rows: [[answer]])
    }

    func waitForEnd(deadline: Duration) async -> Bool { false }

    func close() async {}
}

/// A clock that moves when somebody sleeps.
package final class FakeClock: WallClock {
    package func jitter() -> Double { 0.5 }

    private let now = Mutex(Duration.zero)

    package init() {}

    package var secondsSinceEpoch: Double { 1_800_000_000 + Double(uptime.components.seconds) }
    package var uptime: Duration { now.withLock { $0 } }

    package func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        now.withLock { $0 += duration }
        await Task.yield()
    }
}
