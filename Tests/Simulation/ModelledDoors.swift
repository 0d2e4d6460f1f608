import ClusterModel
import Execution
import HostAccess

/// The doors of one pgregent: what of the loop's own questions (is it alive? who sees it?) they can answer.
///
/// When it is killed, no answer reaches it any more and nothing that it still wants is done.
final class ModelledDoors: Doors, @unchecked Sendable {
    let stage: Stage
    /// Which pgregent it is: each reaches others.
    let actor: Int
    private(set) var isKilled = false
    private(set) var isAskedToStop = false
    private let stop: StopRequest

    init(_ stage: Stage, actor: Int, stop: StopRequest) {
        self.stage = stage
        self.actor = actor
        self.stop = stop
    }

    func kill() {
        stage.tell("pgregent \(actor + 1) is killed")
        isKilled = true
        stop.request()
        stage.time.wakeWatchers()
    }

    /// As its service manager does before it starts it again.
    func askToStop() {
        stage.tell("pgregent \(actor + 1) is asked to stop")
        isAskedToStop = true
        stop.request()
    }

    func reaches(_ name: NodeName) -> Bool { stage.world.reaches(name, actor) }

    /// How long an answer of it takes.
    func latency(_ name: NodeName, _ milliseconds: ClosedRange<Int>) -> Duration {
        stage.duration(milliseconds) + (stage.world.slow.contains(name) ? stage.duration(200...4000) : .zero)
    }

    /// What is left of a killed one ends without a word.
    func stopsIfKilled() async -> Bool {
        guard isKilled else { return false }
        await stage.time.sleep(for: .seconds(1))
        return true
    }

    var clock: any WallClock { ModelledClock(doors: self) }
    func shell(_ host: HostSpec) -> any RemoteShell { ModelledShell(doors: self, host: host) }
    func sql(_ node: NodeSpec, database: String) -> any SQLSession { ModelledSession(self, node.name) }
    func newSession(_ node: NodeSpec, database: String) -> any SQLSession { ModelledSession(self, node.name) }
    func secret(_ source: SecretSource) throws(SecretFailure) -> Secret { Secret("secret") }
    func password(_ password: Secret, matchesSCRAM stored: Secret) -> Bool { true }
    func scramSecret(of password: Secret) throws(SecretFailure) -> Secret { password }

    func local(_ command: String, deadline: Duration) async throws(ShellFailure) -> ShellResult {
        throw ShellFailure(.unreachable, host: "here", "not modelled: \(command)")
    }
}

private struct ModelledClock: WallClock {
    let doors: ModelledDoors

    var secondsSinceEpoch: Double { 1_800_000_000 + uptime.seconds }
    var uptime: Duration { doors.stage.time.now }
    func jitter() -> Double { Double.random(in: 0...1, using: &doors.stage.random) }

    func sleep(for duration: Duration) async throws {
        if await !doors.stopsIfKilled() { await doors.stage.time.sleep(for: duration) }
        if doors.isKilled || Task.isCancelled { throw CancellationError() }
    }
}

/// Answers the two scripts that the loop itself sends: whether the host answers, and whether its look at a server does.
private struct ModelledShell: RemoteShell {
    let doors: ModelledDoors
    let host: HostSpec

    func run(_ batch: [ShellScript], deadline: Duration) async throws(ShellFailure) -> [ShellResult] {
        let stage = doors.stage
        let begin = stage.time.now
        if await doors.stopsIfKilled() { throw ShellFailure(.cancelled, host: host.name, "killed") }
        let latency = doors.latency(host.name, 2...10)
        await stage.time.sleep(for: min(latency, deadline))
        guard latency < deadline else {
            throw ShellFailure(.outcomeUnknown, host: host.name, "ssh to \(host.name): no answer within \(deadline)")
        }
        guard doors.reaches(host.name) else {
            await stage.time.sleep(until: begin + min(deadline, .seconds(5)))
            throw ShellFailure(.unreachable, host: host.name, "ssh to \(host.name): no answer")
        }
        var results: [ShellResult] = []
        for script in batch {
            guard script.script.contains("pg_isready") else {
                results.append(ShellResult(status: 0, output: "", errors: ""))
                continue
            }
            results.append(
                ShellResult(status: await readiness(script.script, begin + deadline), output: "", errors: ""))
        }
        guard doors.reaches(host.name), !doors.isKilled else {
            throw ShellFailure(.outcomeUnknown, host: host.name, "ssh to \(host.name): the connection was lost")
        }
        return results
    }

    private func readiness(_ script: String, _ end: Duration) async -> Int32 {
        let (stage, world) = (doors.stage, doors.stage.world)
        let asked = world.nodes.first { script.contains("-h \(Quoting.shell($0.host)) ") }
        guard let asked, world.links(host.name, asked.name) else {
            await stage.time.sleep(until: max(stage.time.now, end - .seconds(1)))
            return 124
        }
        return world.server(asked.name) == nil ? 2 : 0
    }

    func runAlone(_ script: ShellScript, deadline: Duration) async throws(ShellFailure) -> ShellResult {
        try await run([script], deadline: deadline)[0]
    }

    func close() async {}
}

/// A connection to a server: it stands until that server ends, or for as long as nobody notices that the network is gone.
private final class ModelledSession: SQLSession, @unchecked Sendable {
    private let doors: ModelledDoors
    private let name: NodeName
    /// Of the server that it is connected to.
    private var generation: Int?

    init(_ doors: ModelledDoors, _ name: NodeName) {
        self.doors = doors
        self.name = name
    }

    private var stage: Stage { doors.stage }
    private var current: Int? { stage.world.server(name) == nil ? nil : stage.generations[name, default: 0] }
    /// The server has ended, and its host could say so.
    private var hasEnded: Bool { doors.reaches(name) && generation != current }

    func query(_ sql: String, deadline: Duration) async throws(SQLFailure) -> [SQLResult] {
        let end = stage.time.now + deadline
        if await doors.stopsIfKilled() { throw SQLFailure(.cancelled, "killed") }
        let latency = doors.latency(name, 1...4)
        await stage.time.sleep(for: min(latency, deadline))
        guard latency < deadline else {
            generation = nil
            throw SQLFailure(.outcomeUnknown, "\(name): no answer within \(deadline)")
        }
        try await connect(by: end)
        let isSlow = sql.contains("pg_sleep")
        let answer = isSlow ? stage.time.now + slumber(sql) : stage.time.now
        while true {
            if hasEnded {
                generation = nil
                throw SQLFailure(.outcomeUnknown, "\(name): the connection ended")
            }
            let next = doors.reaches(name) ? min(answer, end) : end
            if stage.time.now >= next || Task.isCancelled || doors.isKilled { break }
            await stage.time.sleep(until: next, isWatching: true)
        }
        guard doors.reaches(name), stage.time.now >= answer, !Task.isCancelled, !doors.isKilled else {
            generation = nil
            throw SQLFailure(Task.isCancelled || doors.isKilled ? .cancelled : .outcomeUnknown, "\(name): no answer")
        }
        return [SQLResult(columns: ["?column?"], rows: [["1"]])]
    }

    private func connect(by end: Duration) async throws(SQLFailure) {
        guard generation == nil else { return }
        guard doors.reaches(name) else {
            await stage.time.sleep(until: end)
            throw SQLFailure(.unreachable, "\(name): no connection")
        }
        guard let current else { throw SQLFailure(.refused, "\(name): refused") }
        generation = current
    }

    private func slumber(_ sql: String) -> Duration {
        let number = sql.drop { $0 != "(" }.dropFirst().prefix { $0 != ")" }
        return .seconds(Double(number) ?? 0)
    }

    func query(_ sql: String, parameters: [String?], deadline: Duration) async throws(SQLFailure) -> SQLResult {
        try await query(sql, deadline: deadline)[0]
    }

    func waitForEnd(deadline: Duration) async -> Bool {
        let end = stage.time.now + deadline
        guard generation != nil else { return false }
        while stage.time.now < end, !Task.isCancelled, !doors.isKilled {
            if hasEnded {
                generation = nil
                return true
            }
            await stage.time.sleep(until: end, isWatching: true)
        }
        return false
    }

    func close() async { generation = nil }
}
