import Foundation
import Testing

extension LabTests.Planned.Switchovers {
    /// Family G: what stands against a change of primary, and what ends one.
    @Suite("Refusals", .serialized)
    struct Refusals {
        @Test("A target whose replay is paused, or that is behind, is refused with 3, and nothing is touched")
        func behind() async throws {
            let lab = try Lab.current()
            try await lab.sql("vm2", "SELECT pg_wal_replay_pause()")
            try await lab.expectRefused(saying: "replay is paused on vm2")
            try await lab.sql("vm2", "SELECT pg_wal_replay_resume()")
            // A standby that receives and does not replay, as with a slow disk.
            let startup = "pgrep -f 'postgres.*startup'"
            let file = try await lab.declare { $0.text += "switchover: {maximum_lag: 1MB}\n" }
            try await lab.shell("vm2", "kill -STOP $(\(startup))")
            try await lab.sql(
                "vm1",
                "CREATE TABLE bulk AS SELECT repeat(md5(i::text), 20) FROM generate_series(1, 20000) i; DROP TABLE bulk"
            )
            try await lab.expectRefused(saying: "switchover.maximum_lag is 1MB", file: file)
            try await lab.shell("vm2", "kill -CONT $(\(startup))")
            try await lab.expectConverged()
        }

        @Test("A target with priority 0 or in maintenance is refused with 3")
        func mayNot() async throws {
            let lab = try Lab.current()
            for (words, reason) in [
                ("priority: 0", "its priority is 0"), ("priority: 90, maintenance: true", "it is in maintenance"),
            ] {
                let file = try await lab.declare { try $0.replace("host: vm2, priority: 90}", "host: vm2, \(words)}") }
                #expect(try await lab.reconcile(file: file).code == 0)
                try await lab.expectRefused(saying: reason, file: file)
            }
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }

        @Test("While one PgBouncer does not answer nobody is led away from the primary")
        func poolerDeaf() async throws {
            let lab = try Lab.current()
            try await lab.shell("vm3", "pkill -STOP -x pgbouncer")
            let refused = try await lab.pgregent("switchover", "--to", "vm2", "--yes", seconds: 90)
            try await lab.shell("vm3", "pkill -CONT -x pgbouncer")
            #expect([3, 4].contains(refused.code), "\(refused.everything)")
            #expect(
                refused.output.contains("SWITCHOVER_REFUSED") && refused.output.contains("on vm3"), "\(refused.output)")
            #expect(try await lab.writable() == ["vm1"])
            try await lab.expectConverged()
        }

        @Test("With a host cut off nothing is moved, and the exit code says that the look was incomplete")
        func hostCut() async throws {
            let lab = try Lab.current()
            try await lab.lab("cut", "vm3")
            let refused = try await lab.pgregent("switchover", "--to", "vm2", "--yes", seconds: 90)
            try await lab.lab("heal")
            #expect(refused.code == 4, "\(refused.everything)")
            #expect(refused.output.contains("SWITCHOVER_REFUSED"), "\(refused.output)")
            #expect(try await lab.writable() == ["vm1"])
            try await eventually("vm3 streams again") {
                try await lab.sql("vm3", "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'") == "1"
            }
            try await lab.expectConverged()
        }

        @Test("A PgBouncer that is down is started first, and then the primary moves")
        func poolerDown() async throws {
            let lab = try Lab.current()
            try await lab.lab("stop-service", "vm3", "pgbouncer")
            try await lab.underLoad(through: ["vm1", "vm2"], primaries: ["vm1", "vm2"]) {
                let moved = try await lab.pgregent("switchover", "--to", "vm2", "--yes")
                #expect(moved.code == 0, "\(moved.everything)")
            }
            try await lab.expectConverged()
            try await lab.movesBack()
        }

        @Test(
            "A long transaction: the hold is given up after pause_timeout, nothing moved, no client sees an error",
            arguments: [nil, "during:pgbouncer.pause.vm3"])
        func longTransaction(killedBefore: String?) async throws {
            let lab = try Lab.current()
            let file = try await lab.declare { $0.text += "switchover: {pause_timeout: 2s}\n" }
            try await lab.underLoad(primaries: ["vm1"]) {
                async let long = lab.exec(
                    "controller", as: "operator",
                    [
                        "env", "PGPASSWORD=\(Lab.appPassword)", "psql", "-XAtq", "-h", "vm3", "-p", "6432", "-U", "app",
                        "postgres_rw",
                    ],
                    input: "BEGIN; INSERT INTO t DEFAULT VALUES; SELECT pg_sleep(15); COMMIT; SELECT 'committed';")
                try await eventually("the transaction runs") {
                    try await lab.sql("vm1", "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                        == "1"
                }
                if let killedBefore {
                    // Whoever asks on the host is still there when the next run comes.
                    let killed = try await lab.exec(
                        "controller", as: "operator",
                        [
                            "env", "PGREGENT_KILL_AT=\(killedBefore)", "pgregent", "switchover", "--to", "vm2", "--yes",
                            "-f", file,
                        ])
                    #expect(killed.code == 137, "\(killed.everything)")
                }
                let begin = ContinuousClock.now
                let given = try await lab.pgregent("switchover", "--to", "vm2", "--yes", file: file)
                #expect(ContinuousClock.now - begin < .seconds(10))
                #expect(given.code == 6, "\(given.everything)")
                #expect(given.errors.contains("a transaction was still running after 2 s"), "\(given.errors)")
                for node in Lab.nodes {
                    let pools = try await lab.console(node, "SHOW DATABASES")
                    #expect(
                        pools.split(separator: "\n").filter { $0.hasPrefix("postgres_rw|vm1|") }.allSatisfy {
                            $0.hasSuffix("|0|0")
                        }, "\(pools)")
                }
                let ended = try await long
                #expect(ended.trimmed.hasSuffix("committed"), "\(ended.everything)")
            }
            try await lab.expectConverged()
        }

        @Test(
            "Sessions cannot be held: the pause is given up after pause_timeout, undone and named, no client is dropped"
        )
        func sessionPooling() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare {
                try $0.replace("pool_mode: transaction", "pool_mode: session")
                $0.text += "switchover: {pause_timeout: 2s}\n"
            }
            #expect(try await lab.reconcile(file: file).code == 0)
            try await lab.underLoad(through: ["vm1"], primaries: ["vm1"]) {
                let given = try await lab.pgregent("switchover", "--to", "vm2", "--yes", file: file)
                #expect(given.code == 6, "\(given.everything)")
                #expect(given.output.contains("PgBouncer on vm1 pools sessions"), "\(given.output)")
                #expect(given.errors.contains("pool_mode is session, and a client was still connected after 2 s"))
            }
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }

        @Test("Log that waits to be archived is named, and nothing is touched until it is archived")
        func archiveBacklog() async throws {
            let lab = try Lab.current()
            let failing = try await lab.declare {
                try $0.add(parameters: "archive_mode: \"on\"", "archive_command: /bin/false")
            }
            let applied = try await lab.reconcile(file: failing)
            #expect(applied.code == 0, "\(applied.everything)")
            for _ in 1...4 { try await lab.sql("vm1", "CREATE TABLE a (); DROP TABLE a; SELECT pg_switch_wal()") }
            try await lab.expectRefused(saying: "segments of vm1's log wait to be archived", file: failing)
            let archiving = try await lab.declare("archiving") {
                try $0.add(parameters: "archive_mode: \"on\"", "archive_command: /bin/true")
            }
            #expect(try await lab.reconcile(file: archiving).code == 0)
            try await eventually("all is archived") {
                try await lab.sql("vm1", "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'")
                    == "0"
            }
            try await lab.underLoad(primaries: ["vm1", "vm2"]) {
                let moved = try await lab.pgregent("switchover", "--to", "vm2", "--yes", file: archiving)
                #expect(moved.code == 0, "\(moved.everything)")
            }
            #expect(try await lab.pgregent("switchover", "--to", "vm1", "--yes", file: archiving).code == 0)
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }

        @Test("Somebody's RESUME in between costs clients an error at most, and no acknowledged row")
        func resumedByHand() async throws {
            let lab = try Lab.current()
            let console = "psql -XAtq -h /var/run/postgresql -p 6432 -U pgbouncer pgbouncer"
            let loop = "until [ -e /tmp/resumed ]; do echo 'RESUME postgres_rw;'; sleep 0.02; done | \(console)"
            try await lab.shell(
                "vm3", as: "postgres", "rm -f /tmp/resumed; setsid bash -c \"\(loop)\" >/dev/null 2>&1 </dev/null &")
            let roles = try await RoleSampler.start(lab)
            try await lab.tableForWriters()
            let writers = [try await Writer.start(lab, through: "vm1"), try await Writer.start(lab, through: "vm3")]
            let moved = try await lab.pgregent("switchover", "--to", "vm2", "--yes")
            try await lab.shell("vm3", as: "postgres", "touch /tmp/resumed")
            #expect([0, 6].contains(moved.code), "\(moved.everything)")
            for writer in writers { #expect(try await writer.stop().lost.isEmpty) }
            let turns = try await roles.stop()
            #expect(turns == ["vm1", "vm2"] || turns == ["vm1"], "\(turns)")
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
            if turns.last == "vm2" { try await lab.movesBack() }
        }
    }
}

extension Lab {
    /// Refused with 3, saying why, with every file, process and slot as before.
    func expectRefused(saying words: String, file: String? = nil, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let before = try await footprint(Self.nodes)
        let refused = try await pgregent("switchover", "--to", "vm2", "--yes", file: file)
        #expect(refused.code == 3, "\(refused.everything)", sourceLocation: sourceLocation)
        #expect(refused.output.contains("SWITCHOVER_REFUSED"), "\(refused.output)", sourceLocation: sourceLocation)
        #expect(refused.output.contains(words), "\(refused.output)", sourceLocation: sourceLocation)
        let after = try await footprint(Self.nodes)
        #expect(Self.differences(before, after).isEmpty, sourceLocation: sourceLocation)
        #expect(try await writable() == ["vm1"], sourceLocation: sourceLocation)
    }
}
