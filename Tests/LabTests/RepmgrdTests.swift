import Foundation
import Testing

extension LabTests.Switchovers {
    /// Family G beside repmgrd, which decides about failover in some clusters.
    @Suite("repmgrd", .serialized)
    struct Repmgrd {
        @Test(
            "repmgrd is paused while the primary changes and goes on afterwards, also when pgregent is killed meanwhile"
        )
        func paused() async throws {
            let lab = try Lab.current()
            let repmgr = "/usr/lib/postgresql/15/bin/repmgr -f /etc/repmgr.conf"
            let file = try await lab.declare { try $0.add(parameters: "shared_preload_libraries: repmgr") }
            let prepared = try await lab.reconcile(file: file)
            #expect(prepared.code == 0, "\(prepared.everything)")
            for node in Lab.nodes {
                // Quick to act: one that was not paused would promote within the old primary's way back.
                try await lab.shell(
                    node,
                    """
                    cat >>/etc/repmgr.conf <<'CONF'
                    failover='automatic'
                    reconnect_attempts=1
                    reconnect_interval=1
                    monitor_interval_secs=1
                    promote_command='\(repmgr) standby promote'
                    follow_command='\(repmgr) standby follow --upstream-node-id=%n'
                    CONF
                    runuser -u postgres -- /usr/lib/postgresql/15/bin/repmgrd -f /etc/repmgr.conf -d -p /tmp/repmgrd.pid \
                      >/tmp/repmgrd.log 2>&1 || { cat /tmp/repmgrd.log >&2; exit 1; }
                    """)
            }
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
            for node in Lab.nodes {
                try await lab.shell(
                    node, "pkill -x repmgrd; rm -f /tmp/repmgrd.pid; sed -i '/^failover=/,$d' /etc/repmgr.conf")
            }
            #expect(try await lab.pgregent("switchover", "--to", "vm1", "--yes", file: file).code == 0)
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }
    }
}

extension Lab {
    func pausedDaemons() async throws -> [String] {
        var paused: [String] = []
        for node in Self.nodes
        where try await sql(node, "SELECT repmgr.repmgrd_is_paused()", database: "repmgr") == "t" {
            paused.append(node)
        }
        return paused
    }
}
