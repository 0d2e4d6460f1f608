import ClusterModel
import HostAccess
import Subprocess

/// A command of the file's own (`failover.fence_command`) on pgregent's machine.
struct LocalCommand {
    private let command: String
    private static let outputLimit = 64 << 10

    init(_ command: String) {
        self.command = command
    }

    /// - Throws: when it could not be started, or did not end by the deadline: what it has done by then is not known.
    func run(deadline: Duration) async throws(ShellFailure) -> ShellResult {
        do {
            return try await withThrowingTaskGroup(of: ShellResult?.self) { group in
                group.addTask { try await result() }
                group.addTask {
                    try await Task.sleep(for: deadline)
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let result = first else {
                    throw ShellFailure(
                        .outcomeUnknown, host: "localhost", "`\(command)` did not end within \(deadline)")
                }
                return result
            }
        } catch let failure as ShellFailure {
            throw failure
        } catch {
            throw ShellFailure(.unreachable, host: "localhost", "`\(command)` could not be run: \(error)")
        }
    }

    private func result() async throws -> ShellResult {
        let record = try await Subprocess.run(
            .name("sh"), arguments: ["-c", command], output: .string(limit: Self.outputLimit),
            error: .string(limit: Self.outputLimit))
        let status: Int32 =
            switch record.terminationStatus {
            case .exited(let code): Int32(code)
            case .signaled(let signal): 128 + Int32(signal)
            }
        return ShellResult(status: status, output: record.standardOutput, errors: record.standardError)
    }
}
