import ClusterModel
import Foundation
import HostAccess
import OpenSSH
import Testing

extension OpenSSHTests {
    /// Prints times, and asserts none: `PGREGENT_MEASURE=1 swift test --filter OpenSSHTests.Measurements`.
    @Suite("Measurements", .enabled(if: ProcessInfo.processInfo.environment["PGREGENT_MEASURE"] != nil))
    struct Measurements {
        @Test func times() async throws {
            try await SSHServer.with { server, shell in
                let clock = ContinuousClock()
                let one = [ShellScript(.named("postgres"), "echo ok")]
                let five = (1...5).map { ShellScript(.named("postgres"), "echo \($0)") }
                let cold = try await clock.measure { _ = try await shell.run(one, deadline: .seconds(20)) }
                await shell.close()
                let again = server.shell(server.host())
                let warm = try await clock.measure { _ = try await again.run(one, deadline: .seconds(20)) }
                var times: [Duration] = []
                let cpu = Self.cpu
                for _ in 0..<300 {
                    times.append(try await clock.measure { _ = try await again.run(five, deadline: .seconds(20)) })
                }
                let own = (Self.cpu - cpu) / 300
                let single = try await clock.measure {
                    for _ in 0..<100 { _ = try await again.run(one, deadline: .seconds(20)) }
                }
                await again.close()
                print(
                    "cold \(cold), open master \(warm), five \(times.sorted()[150]), one \(single / 100), cpu \(own)µs"
                )
            }
        }

        /// Microseconds of CPU that this process has used.
        private static var cpu: Int {
            var usage = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            let (user, system) = (usage.ru_utime, usage.ru_stime)
            return (user.tv_sec + system.tv_sec) * 1_000_000 + Int(user.tv_usec + system.tv_usec)
        }
    }
}
