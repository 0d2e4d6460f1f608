import Testing

extension LabTests.Unplanned {
    /// What pgregent has to remember on a host lies where the database's account can always write.
    @Suite("Records", .serialized)
    struct Records {
        @Test("A data directory in a directory of root's: built, failed over, and nothing lies beside it")
        func rootsDirectory() async throws {
            try await Lab.with(.bare) { lab in
                for node in ["vm1", "vm2", "vm3"] {
                    try await lab.shell(
                        node, "mkdir -p /data/pg && chown postgres: /data/pg && chmod 0700 /data/pg && chmod 0755 /data"
                    )
                }
                let file = try await lab.declare("mounted") { file in
                    try file.replace("\npostgresql:\n", "\npostgresql:\n  data_directory: /data/pg\n")
                    file.text += "failover: {mode: automatic, minimum_interval: 1s}\n"
                }
                let built = try await lab.reconcile(file: file)
                #expect(built.code == 0, "\(built.everything)")
                for lost in ["vm1", "vm2"] {
                    let primary = try await lab.status(file: file).primary ?? lost
                    try await lab.shell(primary, "kill -KILL $(head -n 1 /data/pg/postmaster.pid)")
                    let run = try await lab.reconcile(file: file)
                    #expect(run.code == 0, "\(run.everything)")
                    #expect(try await lab.status(file: file).primary != primary)
                }
                try await lab.expectNothingToDo(file: file)
                for node in ["vm1", "vm2", "vm3"] {
                    #expect(try await lab.shell(node, "ls -A /data") == "pg")
                    let records = try await lab.shell(
                        node, "find ~postgres/.pgregent -type f | grep -v pgregent-backup")
                    #expect(records == "/var/lib/postgresql/.pgregent/\(lab.name)/\(node)")
                }
            }
        }

        @Test("A record that cannot be kept: told by the first plan with its place, and exit code 3")
        func unwritable() async throws {
            try await Lab.with(.bare) { lab in
                let file = try await lab.declare("nowhere") {
                    try $0.replace("\npostgresql:\n", "\npostgresql:\n  record_directory: /proc/records\n")
                }
                let plan = try await lab.plan(file: file)
                #expect(plan.finding("RECORD_NOT_WRITABLE", "vm1")?.evidence.first?.contains("/proc") == true)
                let run = try await lab.reconcile(file: file)
                #expect(run.code == 3, "\(run.everything)")
                #expect(try await lab.exec("vm1", ["test", "-e", "/var/lib/postgresql/15/main"]).code == 1)
            }
        }

        @Test("One standby's disk is full: the other one takes over at once, and all follow when there is room")
        func fullStandby() async throws {
            try await Lab.with(.byHand) { lab in
                #expect(try await lab.reconcile().code == 0)
                let file = try await lab.failover()
                try await lab.tableForWriters()
                try await lab.shell("vm3", "cat /dev/zero >/var/lib/postgresql/full 2>/dev/null || true")
                try await lab.killPostmaster("vm1")
                _ = try await lab.reconcile(file: file)
                #expect(try await lab.status(file: file).primary == "vm2")
                try await lab.shell("vm3", "rm /var/lib/postgresql/full")
                let back = try await lab.reconcile(file: file)
                #expect(back.code == 0, "\(back.everything)")
                try await lab.expectConverged(file: file)
            }
        }

        @Test("All data is lost after a failover: recovered from Barman by the file alone")
        func totalLoss() async throws {
            try await Lab.with(.bare) { lab in
                #expect(try await lab.reconcile().code == 0)
                let file = try await lab.failover()
                try await lab.killPostmaster("vm1")
                #expect(try await lab.reconcile(file: file).code == 0)
                #expect(try await lab.status(file: file).primary == "vm2")
                try await lab.shell("backup", as: "barman", "barman backup --wait \(lab.name)")
                try await lab.sql("vm2", "CREATE TABLE kept AS SELECT 1 AS v")
                try await lab.destroyData()
                let recovery = try await lab.declare("recovery") { file in
                    try file.replace("  from: initdb", "  from: barman")
                    file.text += "failover: {mode: automatic, minimum_interval: 1s}\n"
                }
                let run = try await lab.reconcile(file: recovery)
                #expect(run.code == 0, "\(run.everything)")
                for node in ["vm1", "vm2", "vm3"] { #expect(try await lab.sql(node, "SELECT v FROM kept") == "1") }
                try await lab.expectConverged(file: recovery)
            }
        }
    }
}
