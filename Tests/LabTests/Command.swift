import Foundation

/// What a command left behind.
struct Outcome: Sendable {
    var code: Int32
    var output: String
    var errors: String

    /// Both streams, for a search that does not care which one.
    var everything: String { output + errors }
    var lines: [String] { output.split(separator: "\n").map(String.init) }
    var trimmed: String { output.trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// Runs programs of this machine.
enum Command {
    /// A test that cannot go on, with what was seen.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Every command has a bound, and 124 is the exit code of one that passed it. Output goes to files: a daemon that
    /// the command leaves behind keeps them open, and a pipe would never end.
    static func run(_ arguments: [String], input: String = "", seconds: Int = 180) async throws -> Outcome {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pgregent-labtests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = ["input", "output", "errors"].map { directory.appending(path: $0) }
        for file in files { try Data((file == files[0] ? input : "").utf8).write(to: file) }
        let descriptors = files.map { open($0.path, O_RDWR | O_CLOEXEC) }
        defer { descriptors.forEach { close($0) } }
        let limited = ["/usr/bin/timeout", "--kill-after=5", String(seconds)] + arguments
        let pid = try spawn(limited, descriptors: descriptors)
        let code = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: exitCode(of: pid)) }
        }
        return Outcome(code: code, output: try text(files[1]), errors: try text(files[2]))
    }

    /// Starts a program with these three descriptors; what else we have open is close-on-exec.
    /// Not Foundation's Process: it waits for all that its child started, daemons included.
    static func spawn(_ arguments: [String], descriptors: [Int32]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
        }
        // Dispatch's threads block signals, and a child would inherit that: one that is asked to end must hear it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, arguments[0], &actions, &attributes, &words, environ)
        guard error == 0 else { throw Failure(description: "\(arguments[0]): \(String(cString: strerror(error)))") }
        return pid
    }

    static func exitCode(of pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private static func text(_ file: URL) throws -> String {
        String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}

/// Asks until the answer is there, and fails when the bound has passed.
func eventually(_ what: String, within limit: Duration = .seconds(30), _ ask: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + limit
    while try await !ask() {
        guard ContinuousClock.now < end else { throw Command.Failure(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(50))
    }
}
