import Testing

extension LabTests.Planned.Converged {
    /// Families A, B and K on a running cluster: its records, its members, and what a person may see of its secrets.
    @Suite("Running cluster", .serialized)
    struct RunningCluster {
        @Test("Metadata that lies is repaired without touching a server")
        func lyingMetadata() async throws {
            let lab = try Lab.current()
            let pids = try await lab.postmasters()
            try await lab.sql(
                "vm1",
                """
                UPDATE repmgr.nodes SET priority = 7, upstream_node_id = 3,
                  conninfo = 'host=nowhere dbname=repmgr user=repmgr' WHERE node_id = 2;
                UPDATE repmgr.nodes SET active = false WHERE node_id = 3;
                """, database: "repmgr")
            let plan = try await lab.plan()
            #expect(plan.ids.sorted() == ["repmgr.register.vm2", "repmgr.register.vm3"], "\(plan.ids)")
            let repaired = try await lab.reconcile()
            #expect(repaired.code == 0, "\(repaired.everything)")
            #expect(try await lab.postmasters() == pids)
            try await lab.expectConverged()
        }

        @Test("A lost record and a lost repmgr.conf come back")
        func lostRecord() async throws {
            let lab = try Lab.current()
            try await lab.sql("vm1", "DELETE FROM repmgr.nodes WHERE node_id = 3", database: "repmgr")
            try await lab.shell("vm2", "rm /etc/repmgr.conf")
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }

        @Test(
            "A standby that was moved under another upstream by hand follows the declared one again, without a new copy"
        )
        func movedStandby() async throws {
            let lab = try Lab.current()
            try await lab.sql("vm2", "SELECT pg_create_physical_replication_slot('repmgr_slot_3')")
            try await lab.sql(
                "vm3", "ALTER SYSTEM SET primary_conninfo = 'host=vm2 user=repmgr application_name=vm3'; ")
            try await lab.sql("vm3", "SELECT pg_reload_conf()")
            try await eventually("vm3 streams from vm2") {
                try await lab.sql("vm3", "SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming'")
                    == "vm2"
            }
            let plan = try await lab.plan()
            #expect(plan.step("repmgr.follow.vm3") != nil && plan.step("repmgr.clone.vm3") == nil, "\(plan.ids)")
            let repaired = try await lab.reconcile()
            #expect(repaired.code == 0, "\(repaired.everything)")
            try await lab.sql(
                "vm2", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active")
            try await lab.expectConverged()
        }

        @Test("A cascading upstream declared later is followed, and taken back")
        func cascadeLater() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare {
                try $0.replace("host: vm3, priority: 80}", "host: vm3, priority: 80, upstream: vm2}")
            }
            let applied = try await lab.reconcile(file: file)
            #expect(applied.code == 0, "\(applied.everything)")
            try await lab.expectStreams("vm3", from: "vm2")
            try await lab.expectConverged(file: file)
            let back = try await lab.reconcile()
            #expect(back.code == 0, "\(back.everything)")
            try await lab.expectConverged()
        }

        @Test(
            "A node declared absent leaves, its slot too; its data stays, and declared again it needs no new copy"
        )
        func absent() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare { file in
                try file.replace("host: vm3, priority: 80}", "host: vm3, priority: 80, ensure: absent}")
                try file.replace("hosts: [vm1, vm2, vm3]", "hosts: [vm1, vm2]")
            }
            let plan = try await lab.plan(file: file)
            #expect(
                plan.steps.filter { $0.change == "destroy" }.map(\.action).sorted() == [
                    "drop-slot", "stop", "unregister",
                ])
            let identity = try await lab.shell("vm3", "stat -c %i /var/lib/postgresql/15/main/PG_VERSION")
            let applied = try await lab.reconcile(file: file)
            #expect(applied.code == 0, "\(applied.everything)")
            #expect(
                try await lab.sql("vm1", "SELECT count(*) FROM repmgr.nodes WHERE node_id = 3", database: "repmgr")
                    == "0")
            #expect(
                try await lab.sql("vm1", "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'repmgr_slot_3'")
                    == "0")
            try await lab.expectNothingToDo(file: file, nodes: ["vm1", "vm2"])
            let back = try await lab.reconcile()
            #expect(back.code == 0, "\(back.everything)")
            #expect(try await lab.shell("vm3", "stat -c %i /var/lib/postgresql/15/main/PG_VERSION") == identity)
            try await lab.expectConverged()
        }

        @Test("A stopped standby is started, and a dropped slot made again before")
        func stoppedStandby() async throws {
            let lab = try Lab.current()
            try await lab.lab("stop-service", "vm3", "postgresql")
            try await eventually("the slot is free") {
                try await lab.sql(
                    "vm1", "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'repmgr_slot_3' AND active")
                    == "0"
            }
            try await lab.sql("vm1", "SELECT pg_drop_replication_slot('repmgr_slot_3')")
            let repaired = try await lab.reconcile()
            #expect(repaired.code == 0, "\(repaired.everything)")
            try await lab.expectConverged()
        }
    }
}

extension Lab {
    /// Process and start time of each node's server.
    func postmasters(_ nodes: [String] = ["vm1", "vm2", "vm3"]) async throws -> [String] {
        var all: [String] = []
        for node in nodes { all.append(try await sql(node, "SELECT pg_postmaster_start_time()")) }
        return all
    }
}
