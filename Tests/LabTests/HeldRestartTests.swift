import Foundation
import Testing

extension LabTests.Planned.Switchovers {
    /// Families G and J: what else holds clients, and what ends a hold.
    @Suite("Holding", .serialized)
    struct Holding {
        @Test(
            "A parameter that needs a restart: standbys first, then the primary with its clients held, without an error"
        )
        func heldRestart() async throws {
            let lab = try Lab.current()
            let raised = try await lab.declare { try $0.add(parameters: "max_connections: 120") }
            let plan = try await lab.plan(file: raised)
            #expect(plan.step("postgresql.restart.vm1")?.disruption == "restart", "\(plan.ids)")
            #expect(
                plan.ids.contains("pgbouncer.pause.vm1") && plan.ids.contains("pgbouncer.release.vm3"), "\(plan.ids)")
            let since = try await lab.journal().count
            try await lab.underLoad(primaries: ["vm1"]) {
                let applied = try await lab.reconcile(file: raised)
                #expect(applied.code == 0, "\(applied.everything)")
                #expect(applied.output.contains("writes held for "), "\(applied.output)")
            }
            try await lab.expectDone(plan, since: since)
            #expect(try await lab.restarts(since: since).last == "vm1")
            #expect(try await lab.sql("vm1", "SHOW max_connections") == "120")
            try await lab.expectConverged(file: raised)
            try await lab.restoreConnections()
        }

        @Test("Killed before, during and after that restart, the next run starts the server and lets clients go")
        func killedRestart() async throws {
            let lab = try Lab.current()
            var connections = 130
            try await lab.tableForWriters()
            for moment in ["before", "during", "after"] {
                connections += 1
                let file = try await lab.declare { try $0.add(parameters: "max_connections: \(connections)") }
                let writer = try await Writer.start(lab, through: "vm3")
                let killed = try await lab.exec(
                    "controller", as: "operator",
                    [
                        "env", "PGREGENT_KILL_AT=\(moment):postgresql.restart.vm1", "pgregent", "reconcile", "--once",
                        "--yes", "-f", file,
                    ])
                #expect(killed.code == 137, "\(killed.everything)")
                let next = try await lab.reconcile(file: file)
                #expect(next.code == 0, "\(moment): \(next.everything)")
                let report = try await writer.stop()
                #expect(report.lost.isEmpty && report.errors == 0, "\(moment): \(report)")
                #expect(try await lab.sql("vm1", "SHOW max_connections") == "\(connections)")
                try await lab.expectNothingToDo(file: file)
            }
            try await lab.restoreConnections()
            try await lab.expectConverged()
        }

        @Test(
            "Asked to stop while clients are held, a run lets them go first: forward where it can, back where it cannot"
        )
        func stopped() async throws {
            let lab = try Lab.current()
            for (seconds, primaries) in [(2, ["vm1", "vm2"]), (12, ["vm2"])] {
                let target = primaries.count > 1 ? "vm2" : "vm1"
                try await lab.underLoad(primaries: primaries) {
                    async let long = lab.transaction(seconds: seconds)
                    try await eventually("the transaction runs") { try await lab.sleepers(primaries[0]) == "1" }
                    let since = try await lab.journal().count
                    async let moving = lab.pgregent("switchover", "--to", target, "--yes")
                    try await eventually("clients are held") {
                        try await lab.journal().dropFirst(since).contains { $0.step == "pgbouncer.pause.vm3" }
                    }
                    try await lab.shell("controller", "pkill -TERM -x pgregent")
                    let moved = try await moving
                    #expect([2, 6].contains(moved.code), "\(moved.everything)")
                    #expect(try await lab.pausedPools().isEmpty, "\(moved.everything)")
                    #expect(try await long.code == 0)
                }
                #expect(try await lab.reconcile().code == 0)
                try await lab.expectConverged()
            }
            try await lab.movesBack()
        }

        @Test("The daemon, asked to stop in a hold that fails then, lets clients and the detached standby go, and ends")
        func stoppedDaemon() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare("moving") {
                $0.text += "preferred_primary: vm2\nswitchover: {mode: automatic}\n"
            }
            try await lab.underLoad(primaries: ["vm1"]) {
                async let long = lab.transaction(seconds: 12)
                try await eventually("the transaction runs") { try await lab.sleepers("vm1") == "1" }
                let since = try await lab.journal().count
                let daemon = try await Daemon.start(lab, file, ready: "postgresql.detach.vm3")
                try await eventually("clients are held") {
                    try await lab.journal().dropFirst(since).contains { $0.step == "pgbouncer.pause.vm3" }
                }
                try await daemon.stop()
                #expect(try await lab.pausedPools().isEmpty)
                try await lab.expectStreams("vm3", from: "vm1")
                #expect(try await long.code == 0)
            }
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }
    }
}

extension Lab {
    /// A client's transaction that takes its time.
    func transaction(seconds: Int) async throws -> Outcome {
        try await exec(
            "controller", as: "operator",
            [
                "env", "PGPASSWORD=\(Lab.appPassword)", "psql", "-XAtq", "-h", "vm3", "-p", "6432", "-U", "app",
                "postgres_rw",
            ],
            input: "BEGIN; INSERT INTO t DEFAULT VALUES; SELECT pg_sleep(\(seconds)); COMMIT")
    }

    func sleepers(_ primary: String) async throws -> String {
        try await sql(primary, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    }

    /// The hosts of which a pool is paused.
    func pausedPools() async throws -> [String] {
        var paused: [String] = []
        for node in Lab.nodes {
            let pools = try await console(node, "SHOW DATABASES").split(separator: "\n")
            if pools.contains(where: { $0.hasSuffix("|1|0") }) { paused.append(node) }
        }
        return paused
    }
}

extension Lab {
    /// A standby does not start with fewer connections than its primary has: what was raised is taken back everywhere
    /// before it is no longer declared.
    func restoreConnections() async throws {
        let lowered = try await declare("lowered") { try $0.add(parameters: "max_connections: 100") }
        #expect(try await reconcile(file: lowered).code == 0)
        #expect(try await reconcile().code == 0)
    }
}
