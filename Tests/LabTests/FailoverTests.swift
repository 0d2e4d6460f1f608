import Foundation
import Testing

extension LabTests.Unplanned {
    /// Families C, D, E and F: the primary is lost, and comes back. Each test leaves vm1 as the primary.
    @Suite("Failover", .serialized, .convergedLab)
    struct Failovers {
        @Test("The postmaster is killed: one run fences, promotes, routes, rewinds, and has nothing left to do")
        func killed() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover(isDurable: true)
            try await lab.reconciled(file)
            try await lab.underLoad(through: ["vm3"], errors: 0...2, primaries: nil) {
                try await lab.killPostmaster("vm1")
                let run = try await lab.reconcile(file: file)
                #expect(run.code == 0, "\(run.everything)")
            }
            try await lab.expectReplaced(by: try await lab.successor(within: .seconds(1)), file: file)
        }

        @Test("The most advanced standby is promoted, not the one with the higher priority")
        func mostAdvanced() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            try await lab.lab("cut", "vm2", "--from", "vm1")
            try await lab.sql("vm1", "CREATE TABLE late AS SELECT generate_series(1, 1000) AS i")
            try await eventually("vm3 has it") { try await lab.sql("vm3", "SELECT count(*) FROM late") == "1000" }
            try await lab.killPostmaster("vm1")
            // Healed only now: a kernel still delivers what a dead server had sent.
            let run = try await lab.reconcile(file: file)
            try await lab.lab("heal")
            #expect(run.code == 0, "\(run.everything)")
            #expect(try await lab.status(file: file).primary == "vm3")
            #expect(try await lab.sql("vm3", "SELECT count(*) FROM late") == "1000")
            try await lab.expectConverged(file: file)
            try await lab.movesBack()
        }

        @Test("A standby that may not take over has confirmed what the other lacks: that one gets it from there first")
        func catchUp() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare("failover") { file in
                try file.replace("host: vm2, priority: 90}", "host: vm2, priority: 0}")
                file.text += "failover: {mode: automatic, minimum_interval: 1s}\ndurability: {mode: quorum}\n"
            }
            try await lab.reconciled(file)
            try await lab.tableForWriters()
            try await lab.sql("vm1", "TRUNCATE t")
            try await lab.lab("cut", "vm3", "--from", "vm1")
            // Nor does its kernel keep anything for vm3 until the network is whole again.
            try await lab.sql(
                "vm1", "SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'vm3'")
            // Each is acknowledged, since vm2 has it.
            for _ in 0..<3 { try await lab.sql("vm1", "INSERT INTO t DEFAULT VALUES") }
            try await lab.killPostmaster("vm1")
            try await lab.lab("heal")
            let since = try await lab.journal().count
            try await lab.reconciled(file)
            let steps = try await lab.journal().dropFirst(since).map(\.step)
            #expect(steps.contains("postgresql.catch-up.vm3"), "\(steps)")
            #expect(try await lab.sql("vm3", "SELECT count(*) FROM t") == "3")
            try await lab.expectReplaced(by: "vm3", file: file)
            try await lab.reconciled("/home/operator/cluster.yaml")
        }

        @Test("The host is cut off under the daemon, and comes back writable: it is fenced, rewound, and streams again")
        func cutOff() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort", isDurable: true)
            let daemon = try await Daemon.start(lab, file)
            let writer = try await Writer.start(lab, through: "vm3")
            try await lab.lab("cut", "vm1")
            let successor = try await lab.successor(within: .seconds(15))
            try await lab.lab("heal")
            try await lab.streamsAgain("vm1", within: .seconds(45))
            let report = try await writer.stop()
            #expect(report.lost.isEmpty && report.longestGap < 10, "\(report)")
            try await daemon.stop()
            let rest = try await lab.reconcile(file: file)
            #expect(rest.code == 0, "\(rest.everything)")
            try await lab.expectReplaced(by: successor, file: file)
        }

        @Test("A frozen primary is replaced, and fenced as soon as it thaws")
        func frozen() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            let daemon = try await Daemon.start(lab, file)
            try await lab.lab("freeze", "vm1")
            #expect(try await lab.successor(within: .seconds(20)) == "vm2")
            try await lab.lab("thaw", "vm1")
            try await lab.streamsAgain("vm1", within: .seconds(45))
            try await daemon.stop()
            let rest = try await lab.reconcile(file: file)
            #expect(rest.code == 0, "\(rest.everything)")
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test(
            "A frozen primary acknowledges what is sent to it: whoever waits for its answer gets an error, and goes on")
        func frozenUnderStatement() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            let daemon = try await Daemon.start(lab, file)
            async let waiting = lab.throughPooler("vm2", "SELECT pg_sleep(40)")
            try await eventually("the statement runs") {
                try await lab.console("vm2", "SHOW SERVERS").contains("|active|")
            }
            try await lab.lab("freeze", "vm1")
            let began = ContinuousClock.now
            let ended = try await waiting
            let took = ContinuousClock.now - began
            #expect(ended.code != 0 && took < .seconds(20), "\(took): \(ended.everything)")
            #expect(try await lab.throughPooler("vm2", "SELECT NOT pg_is_in_recovery()").trimmed == "t")
            try await lab.lab("thaw", "vm1")
            try await lab.streamsAgain("vm1", within: .seconds(45))
            try await daemon.stop()
            let rest = try await lab.reconcile(file: file)
            #expect(rest.code == 0, "\(rest.everything)")
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test(
            "Its own machine's clock jumps a day ahead and two back: nothing is done for it, and a lost primary is replaced"
        )
        func clockJumps() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover(isDurable: true)
            try await lab.reconciled(file)
            let library = Lab.repository + "/.build/clock.so"
            // The compiler of Swift's own toolchain.
            let source = Lab.repository + "/Tests/Lab/clock.c"
            let built = try await Command.run(["clang", "-shared", "-fPIC", "-o", library, source])
            #expect(built.code == 0, "\(built.everything)")
            let set = { (hours: Int) in
                try await lab.shell("controller", as: "operator", "echo \(hours * 3600) >/tmp/clock")
            }
            _ = try await set(0)
            let daemon = try await Daemon.start(
                lab, file, environment: "CLOCK_SHIFT=/tmp/clock LD_PRELOAD='\(library)'")
            let steps = try await lab.journal().count
            try await lab.underLoad(through: ["vm3"], primaries: ["vm1"]) {
                for hours in [24, -24] {
                    _ = try await set(hours)
                    try await Task.sleep(for: .seconds(3))
                }
            }
            #expect(try await lab.journal().count == steps)
            try await lab.killPostmaster("vm1")
            #expect(try await lab.successor(within: .seconds(10)) == "vm2")
            try await lab.streamsAgain("vm1", within: .seconds(30))
            try await daemon.stop()
            // It was yesterday for it.
            let yesterday = try await lab.shell("controller", "printf %s $(date -u -d yesterday +%F)")
            #expect(try await lab.journal(file: file).contains { $0.time.hasPrefix(yesterday) })
            try await lab.reconciled(file)
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test("Cut off from pgregent only: others reach the primary, so it lives, and nothing is changed")
        func onlyFromHere() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            try await lab.underLoad(through: ["vm3"], primaries: ["vm1"]) {
                try await lab.lab("cut", "vm1", "--from", "controller")
                let run = try await lab.reconcile(file: file)
                #expect(run.code == 4, "\(run.everything)")
                #expect(run.everything.contains("vm2 reaches it"), "\(run.everything)")
                try await lab.lab("heal")
            }
            try await lab.expectConverged(file: file)
        }

        @Test("fence: required, and the host cannot be reached: held, and a person may decide otherwise")
        func cannotBeFenced() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: required")
            try await lab.lab("cut", "vm1")
            let held = try await lab.reconcile(file: file)
            #expect(held.code == 4 && held.everything.contains("cannot be stopped from here"), "\(held.everything)")
            #expect(try await lab.sql("vm2", "SELECT pg_is_in_recovery()") == "t")
            let decided = try await lab.pgregent(
                "failover", "--to", "vm3", "--accept-data-loss", "--yes", file: file)
            #expect(decided.code == 4, "\(decided.everything)")
            #expect(try await lab.sql("vm3", "SELECT pg_is_in_recovery()") == "f")
            try await lab.lab("heal")
            let back = try await lab.reconcile(file: file)
            #expect(back.code == 0, "\(back.everything)")
            try await lab.expectConverged(file: file)
            try await lab.movesBack()
        }

        @Test("pgregent on the side of the few promotes nobody")
        func minority() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            try await lab.lab("cut", "vm1")
            try await lab.lab("cut", "vm2")
            let run = try await lab.reconcile(file: file)
            #expect(run.code == 4, "\(run.everything)")
            #expect(try await lab.sql("vm3", "SELECT pg_is_in_recovery()") == "t")
            try await lab.lab("heal")
            let back = try await lab.reconcile(file: file)
            #expect(back.code == 0, "\(back.everything)")
            try await lab.expectConverged(file: file)
        }

        @Test("Killed in the middle of a failover, at any of its steps, the next run finishes it")
        func crashes() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            let steps = ["postgresql.fence", "postgresql.freeze", "postgresql.promote", "repmgr.rejoin"]
            var primary = "vm1"
            for (index, step) in steps.enumerated() {
                let next = primary == "vm1" ? "vm2" : "vm1"
                let target = step.hasSuffix("freeze") || step.hasSuffix("promote") ? next : primary
                let moment = ["before", "during", "after"][(index + Self.day) % 3]
                try await lab.killPostmaster(primary)
                let death = "\(moment):\(step).\(target)"
                let killed = try await lab.exec(
                    "controller", as: "operator",
                    ["env", "PGREGENT_KILL_AT=\(death)", "pgregent", "reconcile", "--once", "--yes", "-f", file])
                #expect(killed.code == 137, "\(death) was not reached: \(killed.everything)")
                var run = try await lab.reconcile(file: file)
                if run.code == 6 || run.code == 3 { run = try await lab.reconcile(file: file) }
                #expect(run.code == 0, "\(death): \(run.everything)")
                let status = try await lab.status(file: file)
                #expect(status.primary == next && status.converged, "\(death): \(status)")
                primary = next
            }
            try await lab.expectConverged(file: file)
        }

        private static let day = Int(Date().timeIntervalSince1970 / 86400)
    }
}

extension Lab {
    /// The lab's file with automatic failover, and failovers in quick succession.
    /// - Parameter isDurable: quorum commit, for tests that nothing acknowledged is lost: asynchronously, a row that a dying
    ///   primary had answered and not yet sent is.
    func failover(_ more: String = "fence: required", isDurable: Bool = false) async throws -> String {
        try await declare("failover") { file in
            file.text += "failover: {mode: automatic, minimum_interval: 1s, \(more)}\n"
            if isDurable { file.text += "durability: {mode: quorum}\n" }
        }
    }

    func killPostmaster(_ node: String) async throws {
        try await shell(node, "kill -KILL $(head -n 1 /var/lib/postgresql/15/main/postmaster.pid)")
    }
}

/// `pgregent reconcile` on the controller.
struct Daemon: Sendable {
    private let lab: Lab
    private static let log = "/tmp/daemon.log"

    /// - Parameter environment: `NAME=value` words.
    static func start(_ lab: Lab, _ file: String, ready: String = "converged", environment: String = "") async throws
        -> Daemon
    {
        try await lab.shell(
            "controller", as: "operator",
            "\(environment) setsid pgregent reconcile -f '\(file)' >\(log) 2>&1 </dev/null & echo $! >/tmp/daemon.pid")
        try await eventually("the daemon says: \(ready)") {
            try await lab.shell("controller", "cat \(log)").contains(ready)
        }
        return Daemon(lab: lab)
    }

    /// SIGTERM: it finishes what is in hand, and ends.
    func stop() async throws {
        let ended = try await lab.exec(
            "controller",
            [
                "bash", "-c",
                "p=$(cat /tmp/daemon.pid); kill -TERM -- -$p; n=0; while kill -0 -- -$p 2>/dev/null; do n=$((n+1)); [ $n -lt 1200 ] || exit 1; sleep 0.05; done",
            ])
        guard ended.code == 0 else {
            let told = try await lab.shell("controller", "tail -n 30 \(Self.log)")
            throw Command.Failure(description: "the daemon does not end: \(told)")
        }
    }
}
