import Foundation
import Testing

extension LabTests.Planned {
    /// Family G: a planned change of primary. Each test leaves vm1 as the primary.
    @Suite("Switchover", .serialized, .convergedLab)
    struct Switchovers {
        @Test(
            "There and back, and again, while clients write: no error, no row lost, one primary at any time",
            arguments: ["asynchronous", "quorum"])
        func thereAndBack(durability: String) async throws {
            let lab = try Lab.current()
            let file = try await lab.declare { $0.text += "durability: {mode: \(durability)}\n" }
            try await lab.reconciled(file)
            let rounds = ProcessInfo.processInfo.environment["LAB_FULL"] == nil ? 2 : 5
            let turns = (1...rounds).flatMap { _ in ["vm2", "vm1"] }
            try await lab.underLoad(through: Lab.nodes, primaries: ["vm1"] + turns) {
                for node in turns {
                    let begin = ContinuousClock.now
                    let moved = try await lab.pgregent("switchover", "--to", node, "--yes", file: file)
                    #expect(moved.code == 0, "\(moved.everything)")
                    #expect(ContinuousClock.now - begin < .seconds(30))
                    let isShort = moved.output.contains("writes held for 0.")
                    let steps = isShort ? "" : try await lab.pgregent("events", file: file).output
                    #expect(isShort, "\(moved.output)\(steps)")
                    // Those that ask each node for its role are connected to the servers themselves.
                    #expect(moved.output.contains(" dropped"), "\(moved.output)")
                    #expect(try await lab.status(file: file).primary == node)
                }
            }
            try await lab.expectConverged(file: file)
            let back = try await lab.reconcile()
            #expect(back.code == 0, "\(back.everything)")
        }

        @Test("Barman's receiver stands still: it is sent away, and no client waits for it")
        func receiverStandsStill() async throws {
            let lab = try Lab.current()
            let stop = "pkill -STOP -f pg_receivewal"
            try await lab.shell("backup", stop)
            let file = try await lab.declare { $0.text += "switchover: {pause_timeout: 3s}\n" }
            try await lab.underLoad(primaries: ["vm1", "vm2"]) {
                let moved = try await lab.pgregent("switchover", "--to", "vm2", "--yes", file: file)
                let held = moved.output.firstMatch(of: /writes held for ([0-9.]+) s/).flatMap { Double($0.1) }
                #expect((held ?? 99) < 4, "\(moved.everything)")
                #expect(try await lab.status(file: file).primary == "vm2")
            }
            try await lab.shell("backup", "pkill -CONT -f pg_receivewal; true")
            try await lab.reconciled(file)
            try await lab.expectConverged(file: file)
            let back = try await lab.pgregent("switchover", "--to", "vm1", "--yes", file: file)
            #expect(back.code == 0, "\(back.everything)")
            try await lab.expectConverged()
        }

        @Test("Without --to the best candidate takes over; to the node that is primary there is nothing to do")
        func bestCandidate() async throws {
            let lab = try Lab.current()
            let stays = try await lab.pgregent("switchover", "--to", "vm1", "--yes")
            #expect(stays.code == 0 && stays.output.contains("No changes."), "\(stays.everything)")
            let moved = try await lab.pgregent("switchover", "--yes")
            #expect(moved.code == 0, "\(moved.everything)")
            #expect(moved.output.contains(" s, 0 connections dropped"), "\(moved.output)")
            #expect(try await lab.status().primary == "vm2")
            try await lab.expectConverged()
            #expect(try await lab.pgregent("switchover", "--yes").code == 0)
            #expect(try await lab.status().primary == "vm1")
        }

        @Test(
            "preferred_primary in the file: one run moves primary, poolers and Barman, doing what plan printed"
        )
        func declared() async throws {
            let lab = try Lab.current()
            for node in ["vm3", "vm1"] {
                let file = try await lab.prefer(node)
                let plan = try await lab.plan(file: file)
                #expect(
                    plan.steps.contains { $0.action == "promote" && $0.target == node && $0.cause == "switchover" },
                    "\(plan.ids)")
                let since = try await lab.journal().count
                try await lab.underLoad(primaries: [node == "vm3" ? "vm1" : "vm3", node]) {
                    let moved = try await lab.reconcile(file: file)
                    #expect(moved.code == 0, "\(moved.everything)")
                }
                try await lab.expectDone(plan, since: since)
                try await lab.expectConverged(file: file)
                // Barman asks its alias, and nothing else names the primary to it.
                #expect(
                    try await lab.shell("backup", as: "barman", "grep -m1 ^host= ~/.pg_service.conf") == "host=\(node)")
            }
        }

        @Test("maintenance on the primary moves it away; preferred all the same, it is refused with its reason")
        func maintenance() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare {
                try $0.replace("host: vm1, priority: 100}", "host: vm1, priority: 100, maintenance: true}")
            }
            try await lab.underLoad(primaries: ["vm1", "vm2"]) {
                let moved = try await lab.reconcile(file: file)
                #expect(moved.code == 0, "\(moved.everything)")
            }
            try await lab.expectConverged(file: file)
            let wanted = try await lab.prefer("vm1") {
                try $0.replace("host: vm1, priority: 100}", "host: vm1, priority: 100, maintenance: true}")
            }
            let refused = try await lab.reconcile(file: wanted)
            #expect(refused.code == 3 && refused.output.contains("it is in maintenance"), "\(refused.everything)")
            #expect(try await lab.writable() == ["vm2"])
            try await lab.movesBack()
            try await lab.expectConverged()
        }

        @Test("A base backup that runs is warned about, and the change of primary goes on")
        func backupRunning() async throws {
            let lab = try Lab.current()
            let limited = "pg_basebackup -D /tmp/copy -r 1M -X none -c fast"
            try await lab.shell(
                "vm1", as: "postgres", "rm -rf /tmp/copy; setsid \(limited) >/tmp/copy.log 2>&1 </dev/null &")
            try await eventually("the backup runs") {
                try await lab.sql("vm1", "SELECT count(*) FROM pg_stat_replication WHERE state = 'backup'") == "1"
            }
            try await lab.underLoad(primaries: ["vm1", "vm2"]) {
                let moved = try await lab.pgregent("switchover", "--to", "vm2", "--yes")
                #expect(moved.code == 0, "\(moved.everything)")
                #expect(moved.output.contains("a base backup runs on vm1"), "\(moved.output)")
            }
            try await lab.shell("vm1", "rm -rf /tmp/copy")
            try await lab.expectConverged()
            try await lab.movesBack()
        }

        @Test("Clients that are connected to no pool but a server lose their connection, and nothing acknowledged")
        func directClients() async throws {
            let lab = try Lab.current()
            try await lab.sql("vm1", "CREATE TABLE direct AS SELECT 1 AS i")
            let loop =
                "i=2; while psql -Xqc \"INSERT INTO direct VALUES ($i)\" 2>/dev/null; do echo $((i++)); done >/tmp/direct"
            try await lab.shell("vm1", as: "postgres", "setsid bash -c '\(loop)' </dev/null >/dev/null 2>&1 &")
            #expect(try await lab.pgregent("switchover", "--to", "vm2", "--yes").code == 0)
            let acknowledged = try await lab.shell("vm1", "tail -n 1 /tmp/direct")
            #expect(try await lab.sql("vm2", "SELECT count(DISTINCT i) >= \(acknowledged) FROM direct") == "t")
            try await lab.movesBack()
        }
    }
}

extension Lab {
    /// The lab's file with another preferred primary.
    func prefer(_ node: String, _ change: (inout ClusterFile) throws -> Void = { _ in }) async throws -> String {
        try await declare("prefer-\(node)") { file in
            file.text += "preferred_primary: \(node)\n"
            try change(&file)
        }
    }

    /// vm1 is the primary again, for the next test.
    func movesBack(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let back = try await pgregent("switchover", "--to", "vm1", "--yes")
        #expect(back.code == 0, "\(back.everything)", sourceLocation: sourceLocation)
    }
}
