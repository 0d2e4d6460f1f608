import Testing

extension LabTests.Planned.Converged {
    /// Family H: PgBouncer as the file says, whatever hands and accidents do to it.
    @Suite("PgBouncer", .serialized)
    struct PgBouncer {
        private let ini = "/etc/pgbouncer/pgbouncer.ini"

        @Test("A hand edit of pgbouncer.ini is drift, and one run repairs it without a restart")
        func handEdit() async throws {
            let lab = try Lab.current()
            let pid = try await lab.shell("vm2", "pgrep -o -x pgbouncer")
            try await lab.shell(
                "vm2", "sed -i 's/^postgres_rw.*/postgres_rw = host=vm3 port=5432 dbname=postgres/' \(ini)")
            try await lab.console("vm2", "RELOAD")
            let plan = try await lab.plan()
            #expect(plan.step("pgbouncer.rewrite.vm2")?.cause == "drift")
            #expect(plan.ids == ["pgbouncer.rewrite.vm2"])
            let human = try await lab.pgregent("plan", "--diff").output
            #expect(
                human.contains("postgres_rw: vm3 -> vm1") && human.contains("-postgres_rw")
                    && human.contains("+postgres_rw"))
            #expect(try await lab.reconcile().code == 0)
            #expect(try await lab.shell("vm2", "pgrep -o -x pgbouncer") == pid)
            #expect(try await lab.console("vm2", "SHOW DATABASES").contains("postgres_rw|vm1|"))
            try await lab.expectNothingToDo()
        }

        @Test("Comments, foreign pools and foreign settings stay byte for byte through a repair")
        func foreignContent() async throws {
            let lab = try Lab.current()
            let original = try await lab.shell("vm3", "cat \(ini)")
            try await lab.shell(
                "vm3",
                """
                sed -i 's/^\\[databases\\]/[databases]\\n; somebody wrote this\\nother = host=elsewhere port=1   dbname=x/' \(ini)
                echo 'server_lifetime   =  77' >>\(ini)
                """)
            #expect(try await lab.plan().ids.isEmpty)
            let kept = try await lab.shell("vm3", "cat \(ini)")
            try await lab.shell("vm3", "sed -i 's/^postgres_ro.*/postgres_ro = host=nowhere/' \(ini)")
            #expect(try await lab.reconcile().code == 0)
            #expect(try await lab.shell("vm3", "cat \(ini)") == kept)
            _ = try await lab.exec("vm3", ["tee", ini], input: original + "\n")
            try await lab.console("vm3", "RELOAD")
            try await lab.expectNothingToDo()
        }

        @Test("A setting that PgBouncer would reject is never loaded: the old file stays and it goes on serving")
        func rejectedSetting() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare { try $0.replace("pool_mode: transaction", "pool_mode: nonsense") }
            let before = try await lab.footprint(["vm1", "vm2", "vm3"])
            let refused = try await lab.reconcile(file: file)
            #expect(refused.code == 6, "\(refused.everything)")
            #expect(refused.errors.contains("nonsense") || refused.errors.contains("pool_mode"), "\(refused.errors)")
            #expect(Lab.differences(before, try await lab.footprint(["vm1", "vm2", "vm3"])).isEmpty)
            #expect(try await lab.console("vm1", "SHOW CONFIG").contains("pool_mode|transaction"))
            let left = try await lab.shell("vm1", "ls /tmp; pgrep -c -x pgbouncer")
            #expect(left.split(separator: "\n").last == "1", "a trial is left running: \(left)")
            try await lab.expectNothingToDo()
        }

        @Test("A killed PgBouncer is started within 15 seconds")
        func killed() async throws {
            let lab = try Lab.current()
            try await lab.shell("vm1", "pkill -KILL -x pgbouncer; while pgrep -x pgbouncer; do sleep 0.02; done")
            let plan = try await lab.plan()
            #expect(plan.ids == ["pgbouncer.start.vm1"])
            let begin = ContinuousClock.now
            #expect(try await lab.reconcile().code == 0)
            #expect(ContinuousClock.now - begin < .seconds(15))
            #expect(try await lab.console("vm1", "SHOW DATABASES").contains("postgres_rw|vm1|"))
            try await lab.expectConverged()
        }

        @Test("A pool that was left paused is resumed")
        func paused() async throws {
            let lab = try Lab.current()
            try await lab.console("vm2", "PAUSE postgres_rw")
            #expect(try await lab.plan().finding("POOL_PAUSED", "vm2") != nil)
            #expect(try await lab.status().pgbouncer.contains { $0.paused == true && $0.host == "vm2" })
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }

        @Test("A user's changed password reaches every PgBouncer, and the user gets in")
        func changedPassword() async throws {
            let lab = try Lab.current()
            try await lab.sql("vm1", "ALTER ROLE app PASSWORD 'another word'")
            #expect(try await lab.reconcile().code == 0)
            for node in ["vm1", "vm2", "vm3"] {
                let login = try await lab.exec(
                    node, as: "postgres",
                    [
                        "env", "PGPASSWORD=another word", "psql", "-XAtc", "SELECT inet_server_addr()", "-h", node,
                        "-p", "6432", "-U", "app", "postgres_rw",
                    ])
                #expect(login.trimmed == "10.95.0.101", "\(login.everything)")
            }
            try await lab.expectNothingToDo()
        }

        @Test("A new pool with a dash in its name is served on every host after one run")
        func newPool() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare { file in
                let last = "    - {name: postgres_ro, target: local, dbname: postgres}\n"
                try file.replace(
                    last, last + "    - {name: read-only.1, target: ro, dbname: postgres, options: {pool_size: 7}}\n")
            }
            let applied = try await lab.reconcile(file: file)
            #expect(applied.code == 0, "\(applied.everything)")
            for node in ["vm1", "vm2", "vm3"] {
                #expect(try await lab.console(node, "SHOW DATABASES").contains("read-only.1|vm2,vm3|5432|postgres"))
            }
            try await lab.expectNothingToDo(file: file)
            for node in ["vm1", "vm2", "vm3"] { try await lab.shell(node, "sed -i '/^read-only.1/d' \(ini)") }
            try await lab.expectNothingToDo()
        }
    }
}

extension Lab {
    /// A command on a PgBouncer's own console.
    @discardableResult
    func console(_ host: String, _ command: String) async throws -> String {
        try await shell(
            host, as: "postgres", "psql -XAt -h /var/run/postgresql -p 6432 -U pgbouncer pgbouncer -c '\(command)'")
    }
}
