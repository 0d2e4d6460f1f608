import Foundation
import Testing

/// Removes a lab when this process is gone, however it went: a shell waits for the end of a pipe that we hold.
final class Watchdog: Sendable {
    private let held: Int32

    init(for lab: String) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Command.Failure(description: "no pipe: \(errno)") }
        // A command that we start must not hold it open after us.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { [ends[0], null].forEach { close($0) } }
        held = ends[1]
        // In a session of its own: an interrupted test run is exactly when it is needed.
        let script = "cat >/dev/null; exec \"$0\" down --name \"$1\""
        let words = ["--fork", "/bin/sh", "-c", script, Lab.repository + "/Tests/Lab/lab", lab]
        let pid = try Command.spawn(["/usr/bin/setsid"] + words, descriptors: [ends[0], null, null])
        guard Command.exitCode(of: pid) == 0 else { throw Command.Failure(description: "setsid failed") }
    }

    func end() {
        close(held)
    }
}
