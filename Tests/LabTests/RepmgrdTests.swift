import Foundation
import Testing

extension LabTests.Planned.Switchovers {
    /// Family G beside repmgrd, which decides about failover in some clusters.
    @Suite("repmgrd", .serialized)
    struct Repmgrd {
        @Test(
            "repmgrd is paused while the primary changes and goes on afterwards, also when pgregent is killed meanwhile"
        )
        func paused() async throws {
            let lab = try Lab.current()
            // Quick to act: one that was not paused would promote within the old primary's way back.
            let file = try await lab.repmgrdDecides("reconnect_attempts: 1")
            try await lab.underLoad(primaries: ["vm1", "vm2"]) {
                let moved = try await lab.pgregent("switchover", "--to", "vm2", "--yes", file: file)
                #expect(moved.code == 0, "\(moved.everything)")
                #expect(moved.output.contains("repmgrd"), "\(moved.output)")
            }
            #expect(try await lab.pausedDaemons() == [])
            try await lab.expectConverged(file: file)
            // One that a person paused stays paused; and a killed run's pause is ended by the next one.
            try await lab.sql("vm3", "SELECT repmgr.repmgrd_pause(true)", database: "repmgr")
            let killed = try await lab.exec(
                "controller", as: "operator",
                [
                    "env", "PGREGENT_KILL_AT=during:postgresql.demote.vm2", "pgregent", "switchover", "--to", "vm1",
                    "--yes", "-f", file,
                ])
            #expect(killed.code == 137, "\(killed.everything)")
            try await Task.sleep(for: .seconds(3))
            #expect(try await lab.writable().count < 2)
            #expect(try await lab.writable().first != "vm3", "repmgrd has promoted one")
            let next = try await lab.reconcile(file: file)
            #expect(next.code == 0, "\(next.everything)")
            #expect(try await lab.pausedDaemons() == ["vm3"])
            try await lab.expectConverged(file: file)
            try await lab.sql("vm3", "SELECT repmgr.repmgrd_pause(false)", database: "repmgr")
            #expect(try await lab.pgregent("switchover", "--to", "vm1", "--yes", file: file).code == 0)
            try await lab.repmgrdIsDone()
        }

        @Test(
            "repmgrd replaces a killed primary: one run brings poolers, Barman and the old primary behind the new one")
        func failsOver() async throws {
            let lab = try Lab.current()
            let file = try await lab.repmgrdDecides("reconnect_attempts: 2")
            #expect(try await lab.shell("vm2", "pgrep -c -x repmgrd") == "1")
            let writer = try await Writer.start(lab, through: "vm3")
            try await lab.killPostmaster("vm1")
            let promoted = try await lab.explained { try await lab.successor(within: .seconds(60)) }
            let other = promoted == "vm2" ? "vm3" : "vm2"
            try await lab.explained {
                try await eventually("\(other) follows \(promoted)", within: .seconds(60)) {
                    let followers = "SELECT string_agg(application_name, ',') FROM pg_stat_replication"
                    return try await lab.sql(promoted, followers + " WHERE usename = 'repmgr'") == other
                }
            }
            let run = try await lab.reconcile(file: file)
            #expect(run.code == 0, "\(run.everything)")
            let report = try await writer.stop()
            // Asynchronous commit: what the dying primary had answered and not yet sent.
            #expect(report.lost.count <= 3, "\(report)")
            #expect(try await lab.status(file: file).primary == promoted)
            try await lab.expectConverged(file: file)
            try await lab.repmgrdIsDone()
        }

        @Test("repmgr's event wakes the daemon: it leads clients to the new primary long before its next round")
        func wakes() async throws {
            let lab = try Lab.current()
            let file = try await lab.repmgrdDecides("reconnect_attempts: 2", more: "reconcile: {interval: 60s}")
            let daemon = try await Daemon.start(lab, file)
            let writer = try await Writer.start(lab, through: "vm3")
            try await lab.killPostmaster("vm1")
            let promoted = try await lab.explained { try await lab.successor(within: .seconds(60)) }
            try await eventually("PgBouncer on vm3 leads to \(promoted)", within: .seconds(10)) {
                try await lab.shell("vm3", "cat /etc/pgbouncer/pgbouncer.ini")
                    .contains("postgres_rw = host=\(promoted)")
            }
            _ = try await writer.stop()
            try await daemon.stop()
            let rest = try await lab.reconcile(file: file)
            #expect(rest.code == 0, "\(rest.everything)")
            try await lab.expectConverged(file: file)
            try await lab.repmgrdIsDone()
        }
    }
}

extension Lab {
    /// A file in which repmgrd decides about failover, and the cluster as it says.
    func repmgrdDecides(_ failover: String, more: String = "") async throws -> String {
        let file = try await declare("repmgrd") {
            try $0.replace("  database: repmgr\n", "  database: repmgr\n  settings: {log_file: \(Self.repmgrdLog)}\n")
            $0.text += "failover: {mode: automatic, owner: repmgrd, \(failover)}\n\(more)\n"
        }
        let prepared = try await reconcile(file: file)
        #expect(prepared.code == 0, "\(prepared.everything)")
        try await expectNothingToDo(file: file)
        return file
    }

    private static let repmgrdLog = "/var/log/postgresql/repmgrd.log"

    /// What repmgrd shall bring about; where it does not, the failure comes with its reasons.
    func explained<Result>(_ wait: () async throws -> Result) async throws -> Result {
        do {
            return try await wait()
        } catch {
            var told = "\(error)"
            for node in ["vm2", "vm3"] {
                told += "\nrepmgrd on \(node): " + (try await shell(node, "tail -n 40 \(Self.repmgrdLog) 2>&1 || true"))
            }
            throw Command.Failure(description: told)
        }
    }

    /// Back to a cluster in which nobody decides, with vm1 as its primary.
    func repmgrdIsDone() async throws {
        for node in Self.nodes { try await shell(node, "pkill -x repmgrd || true") }
        #expect(try await reconcile().code == 0)
        if try await status().primary != "vm1" {
            #expect(try await pgregent("switchover", "--to", "vm1", "--yes").code == 0)
        }
        #expect(try await reconcile().code == 0)
        try await expectConverged()
    }

    func pausedDaemons() async throws -> [String] {
        var paused: [String] = []
        for node in Self.nodes
        where try await sql(node, "SELECT repmgr.repmgrd_is_paused()", database: "repmgr") == "t" {
            paused.append(node)
        }
        return paused
    }
}
