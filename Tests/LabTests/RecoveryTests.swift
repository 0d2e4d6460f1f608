import Testing

extension LabTests.Unplanned {
    /// Every database host has lost its data, and Barman has it.
    @Suite("Recovery from Barman", .serialized)
    struct Recovery {
        @Test("A lost cluster is recovered with its last commit, also after a killed run, and to a moment in the past")
        func lostCluster() async throws {
            try await Lab.with(.bare) { lab in
                #expect(try await lab.reconcile().code == 0)
                try await lab.sql("vm1", "CREATE TABLE kept (v text)")
                try await lab.shell("backup", as: "barman", "barman backup --wait \(lab.name)")
                try await lab.sql("vm1", "INSERT INTO kept VALUES ('early')")
                try await Task.sleep(for: .seconds(1))
                let moment = try await lab.sql("vm1", "SELECT now()")
                try await Task.sleep(for: .seconds(1))
                try await lab.sql("vm1", "INSERT INTO kept VALUES ('archived'); SELECT pg_switch_wal()")
                try await lab.sql("vm1", "INSERT INTO kept VALUES ('last')")
                try await lab.destroyData()

                let missing = try await lab.declare("missing") {
                    try $0.replace("  from: initdb", "  from: barman\n  backup: \"20010101T000000\"")
                }
                let refused = try await lab.reconcile(file: missing)
                #expect(refused.code == 3 && refused.output.contains("BACKUP_MISSING"), "\(refused.everything)")

                let latest = try await lab.declare("latest") { try $0.replace("  from: initdb", "  from: barman") }
                let plan = try await lab.plan(file: latest)
                #expect(plan.step("postgresql.recover.vm1")?.cause == "missing", "\(plan.ids)")
                let killed = try await lab.exec(
                    "controller", as: "operator",
                    [
                        "env", "PGREGENT_KILL_AT=during:postgresql.recover.vm1", "pgregent", "reconcile", "--once",
                        "--yes", "-f", latest,
                    ])
                #expect(killed.code != 0)
                // What the killed run had begun on the backup host goes on, and is waited for.
                try await eventually("nothing is at work") {
                    try await lab.plan(file: latest).step("postgresql.recover.vm1") != nil
                }
                let recovered = try await lab.reconcile(file: latest)
                #expect(recovered.code == 0, "\(recovered.everything)")
                let values = "SELECT string_agg(v, ' ' ORDER BY v) FROM kept"
                for node in ["vm1", "vm2", "vm3"] { #expect(try await lab.sql(node, values) == "archived early last") }
                try await lab.expectConverged(file: latest)

                try await lab.destroyData()
                let past = try await lab.declare("past") {
                    try $0.replace("  from: initdb", "  from: barman\n  target_time: \(moment)")
                }
                let back = try await lab.reconcile(file: past)
                #expect(back.code == 0, "\(back.everything)")
                #expect(try await lab.sql("vm1", values) == "early")
                try await lab.expectConverged(file: past)
            }
        }
    }
}

extension Lab {
    /// The database hosts as if they were new: no data, no configuration.
    func destroyData() async throws {
        for node in ["vm1", "vm2", "vm3"] {
            try await shell(node, "pg_ctlcluster 15 main stop -m immediate; rm -rf /etc/postgresql/15 ~postgres/15")
        }
    }
}

extension LabTests.Unplanned.Recovery {
    @Test(
        "Standbys are cloned from Barman where it has a backup, also an old one, and from the primary where it has none"
    )
    func cloneFromBarman() async throws {
        try await Lab.with(.bare) { lab in
            let file = try await lab.declare {
                try $0.replace(
                    "  password: {file: /home/operator/secrets/repmgr.password}\n",
                    "  password: {file: /home/operator/secrets/repmgr.password}\n"
                        + "  settings: {barman_host: barman@backup, barman_server: \(lab.name)}\n")
            }
            let built = try await lab.reconcile(file: file)
            #expect(built.code == 0, "\(built.everything)")
            try await lab.expectConverged(file: file)
            try await lab.shell("backup", as: "barman", "barman backup --wait \(lab.name)")
            // The primary forgets what came right after the backup: only Barman has it.
            try await lab.shell("vm3", as: "postgres", "pg_dropcluster 15 main --stop")
            try await lab.sql("vm1", "SELECT pg_drop_replication_slot('repmgr_slot_3'); CREATE TABLE later ()")
            for _ in 0..<4 {
                try await lab.sql("vm1", "CREATE TEMP TABLE t (); SELECT pg_switch_wal()")
                try await lab.shell("backup", as: "barman", "sleep 1; barman archive-wal \(lab.name)")
                try await lab.sql("vm1", "CHECKPOINT")
            }
            let cloned = try await lab.reconcile(file: file)
            #expect(cloned.code == 0, "\(cloned.everything)")
            try await eventually("it has what came later") {
                try await lab.sql("vm3", "SELECT count(*) FROM pg_class WHERE relname = 'later'") == "1"
            }
            try await lab.expectConverged(file: file)
        }
    }
}
