import Foundation
import Synchronization
import Testing

/// Everything here starts hosts. Their tests wait more than they work, so two labs are up side by side, and no more: the bounds
/// of one test are not to be spent by others.
@Suite(
    "The product on real hosts",
    .enabled(if: Lab.obstacle == nil, "needs root on Debian 12 with the lab's packages"))
enum LabTests {
    /// What somebody asks for: to build, to change, to move the primary.
    @Suite("What is asked for", .serialized)
    enum Planned {}

    /// What nobody asks for: a lost primary, a killed pgregent, a lost disk.
    @Suite("What happens by itself", .serialized)
    enum Unplanned {}
}

/// One lab of real hosts, for as long as a test needs it.
struct Lab: Sendable {
    /// What `lab up` leaves: see Tests/Lab/README.md.
    enum Shape: String {
        case bare = "--bare"
        case primaryOnly = "--primary-only"
        case byHand = ""
    }

    let name: String
    private let watchdog: Watchdog

    /// The converged lab that the tests of a suite share.
    @TaskLocal static var shared: Lab?

    static var obstacle: String? {
        geteuid() == 0 ? nil : "namespaces and mounts need root"
    }

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private static let program = repository + "/Tests/Lab/lab"
    private static let count = Atomic<Int>(0)

    /// The shared lab, or the reason why a test has none.
    static func current() throws -> Lab {
        guard let shared else {
            throw Command.Failure(description: "this test belongs into a suite with .convergedLab")
        }
        return shared
    }

    /// Starts a lab, lends it, and removes it whatever happens.
    static func with<Result>(
        _ shape: Shape, _ options: [String] = [], _ body: (Lab) async throws -> Result
    ) async throws -> Result {
        let lab = try await up(shape, options)
        do {
            let result = try await body(lab)
            await lab.down()
            return result
        } catch {
            await lab.down()
            throw error
        }
    }

    /// Starts a lab, which is removed by `down`, and also when this process dies.
    static func up(_ shape: Shape, _ options: [String] = []) async throws -> Lab {
        let name = "t\(getpid())-\(count.add(1, ordering: .relaxed).newValue)"
        let lab = Lab(name: name, watchdog: try Watchdog(for: name))
        let up = try await lab.lab(
            ["up", "--name", name] + (shape.rawValue.isEmpty ? [] : [shape.rawValue]) + options)
        guard up.code == 0 else {
            await lab.down()
            throw Command.Failure(description: "lab up: \(up.everything)")
        }
        return lab
    }

    func down() async {
        _ = try? await lab(["down", "--name", name])
        watchdog.end()
    }

    /// A command of Tests/Lab/lab, such as `lab.lab("cut", "vm3")`.
    @discardableResult
    func lab(_ arguments: String...) async throws -> Outcome {
        try await lab(arguments + ["--name", name])
    }

    private func lab(_ arguments: [String]) async throws -> Outcome {
        try await Command.run([Self.program] + arguments)
    }

    /// Runs a program on a host, without SSH.
    func exec(_ host: String, as user: String = "root", _ arguments: [String], input: String = "", seconds: Int = 180)
        async throws -> Outcome
    {
        let lab = [Self.program, "exec", host, "--name", name, "--user", user, "--"]
        return try await Command.run(lab + arguments, input: input, seconds: seconds)
    }

    /// Runs a shell script on a host; one that fails ends the test.
    @discardableResult
    func shell(
        _ host: String, as user: String = "root", _ script: String, sourceLocation: SourceLocation = #_sourceLocation
    )
        async throws -> String
    {
        let outcome = try await exec(host, as: user, ["bash", "-s"], input: script)
        guard outcome.code == 0 else {
            throw Command.Failure(
                description:
                    "\(sourceLocation.fileName):\(sourceLocation.line): on \(host), exit \(outcome.code): \(outcome.everything)"
            )
        }
        return outcome.trimmed
    }

    /// One answer of a node's own server.
    @discardableResult
    func sql(
        _ node: String, _ sql: String, database: String = "postgres", sourceLocation: SourceLocation = #_sourceLocation
    )
        async throws -> String
    {
        let psql = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"]
        let outcome = try await exec(node, as: "postgres", psql, input: sql)
        guard outcome.code == 0 else {
            throw Command.Failure(
                description: "\(sourceLocation.fileName):\(sourceLocation.line): psql on \(node): \(outcome.everything)"
            )
        }
        return outcome.trimmed
    }

    /// The product, as the operator runs it on the controller. `file`: what `declare` gave.
    func pgregent(_ arguments: String..., file: String? = nil, seconds: Int = 180) async throws -> Outcome {
        let chosen = file.map { ["-f", $0] } ?? []
        return try await exec("controller", as: "operator", ["pgregent"] + arguments + chosen, seconds: seconds)
    }

    func reconcile(file: String? = nil, seconds: Int = 180) async throws -> Outcome {
        try await pgregent("reconcile", "--once", "--yes", file: file, seconds: seconds)
    }

    /// Another cluster.yaml, made from the lab's own; the path that `pgregent(file:)` takes.
    func declare(_ name: String = "changed", _ change: (inout ClusterFile) throws -> Void) async throws -> String {
        var file = ClusterFile(text: try await shell("controller", "cat /home/operator/cluster.yaml") + "\n")
        try change(&file)
        let path = "/home/operator/\(name).yaml"
        let written = try await exec("controller", as: "operator", ["tee", path], input: file.text)
        guard written.code == 0 else { throw Command.Failure(description: "tee \(path): \(written.errors)") }
        return path
    }
}

/// The text of a cluster.yaml; a replacement that finds nothing is a mistake in the test.
struct ClusterFile {
    var text: String

    mutating func replace(_ old: String, _ new: String) throws {
        guard text.contains(old) else { throw Command.Failure(description: "cluster.yaml has no \"\(old)\"") }
        text = text.replacingOccurrences(of: old, with: new)
    }

    mutating func add(parameters lines: String...) throws {
        try replace("    wal_log_hints: \"on\"\n", "    wal_log_hints: \"on\"\n" + lines.map { "    \($0)\n" }.joined())
    }
}
