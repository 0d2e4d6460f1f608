import Testing

extension LabTests.Planned.Converged {
    /// Family J: parameters.
    @Suite("Parameters", .serialized)
    struct Parameters {
        @Test("1GB and 1024MB are the same, and neither the other spelling nor the default makes a change")
        func spelling() async throws {
            let lab = try Lab.current()
            let first = try await lab.declare {
                try $0.add(parameters: "maintenance_work_mem: 1GB", "log_connections: yes")
            }
            let applied = try await lab.reconcile(file: first)
            #expect(applied.code == 0, "\(applied.everything)")
            #expect(try await lab.sql("vm3", "SHOW maintenance_work_mem") == "1GB")
            let other = try await lab.declare("other") {
                try $0.add(parameters: "maintenance_work_mem: 1024MB", "log_connections: \"on\"")
            }
            let plan = try await lab.plan(file: other)
            #expect(plan.steps.allSatisfy { $0.action != "restart" && $0.action != "reload" })
            let same = try await lab.declare("same") {
                try $0.add(parameters: "maintenance_work_mem: 1GB", "log_connections: yes", "work_mem: 4096kB")
            }
            let withDefault = try await lab.pgregent("plan", file: same)
            #expect(!withDefault.output.contains("work_mem: 4"), "\(withDefault.output)")
            #expect(try await lab.reconcile().code == 0)
            try await eventually("taken back") { try await lab.sql("vm3", "SHOW maintenance_work_mem") == "64MB" }
            try await lab.expectNothingToDo()
        }

        @Test("A raised max_connections is shown as restarts, and standbys are restarted before the primary")
        func restartOrder() async throws {
            let lab = try Lab.current()
            let raised = try await lab.declare { try $0.add(parameters: "max_connections: 120") }
            let plan = try await lab.plan(file: raised)
            for node in ["vm1", "vm2", "vm3"] { #expect(plan.step("postgresql.restart.\(node)") != nil, "\(plan.ids)") }
            let seen = try await lab.journal().count
            let applied = try await lab.reconcile(file: raised)
            #expect(applied.code == 0, "\(applied.everything)")
            let up = try await lab.restarts(since: seen)
            #expect(up.last == "vm1" && Set(up) == ["vm1", "vm2", "vm3"] && up.count == 3, "\(up)")
            for node in ["vm1", "vm2", "vm3"] { #expect(try await lab.sql(node, "SHOW max_connections") == "120") }
            try await lab.expectNothingToDo(file: raised)
            let down = try await lab.journal().count
            let lowered = try await lab.declare("lowered") { try $0.add(parameters: "max_connections: 100") }
            let back = try await lab.reconcile(file: lowered)
            #expect(back.code == 0, "\(back.everything)")
            #expect(try await lab.restarts(since: down).first == "vm1")
            _ = try await lab.reconcile()
            try await lab.expectConverged()
        }

        @Test("Where one parameter is raised and another lowered, no standby ever has less than the primary")
        func mixed() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare {
                try $0.add(parameters: "max_connections: 60", "max_wal_senders: 25")
            }
            let plan = try await lab.plan(file: file)
            #expect(plan.ids.contains("postgresql.raise.vm2") && plan.ids.contains("postgresql.restart.vm2"))
            let applied = try await lab.reconcile(file: file)
            #expect(applied.code == 0, "\(applied.everything)")
            for node in ["vm1", "vm2", "vm3"] {
                #expect(try await lab.sql(node, "SHOW max_connections") == "60")
                #expect(try await lab.sql(node, "SHOW max_wal_senders") == "25")
                // What PostgreSQL writes when a standby has less.
                let complaints =
                    "grep -cE 'insufficient parameter|lower setting' /var/log/postgresql/postgresql-*.log || true"
                #expect(try await lab.shell(node, complaints) == "0")
            }
            try await lab.expectNothingToDo(file: file)
            let back = try await lab.declare("back") {
                try $0.add(parameters: "max_connections: 100", "max_wal_senders: 10")
            }
            #expect(try await lab.reconcile(file: back).code == 0)
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }

        @Test("A value that ALTER SYSTEM overrides is named with its file and line, and held with exit code 3")
        func overridden() async throws {
            let lab = try Lab.current()
            try await lab.sql("vm2", "ALTER SYSTEM SET work_mem = '1MB'")
            try await lab.sql("vm2", "SELECT pg_reload_conf()")
            let file = try await lab.declare { try $0.add(parameters: "work_mem: 9MB") }
            let applied = try await lab.reconcile(file: file)
            #expect(applied.code == 3, "\(applied.everything)")
            let plan = try await lab.plan(file: file)
            let evidence = plan.finding("PARAMETER_OVERRIDDEN", "vm2")?.evidence.joined() ?? ""
            #expect(evidence.contains("work_mem") && evidence.contains("postgresql.auto.conf:"), "\(evidence)")
            #expect(try await lab.sql("vm3", "SHOW work_mem") == "9MB", "the others are done")
            try await lab.sql("vm2", "ALTER SYSTEM RESET work_mem")
            try await lab.sql("vm2", "SELECT pg_reload_conf()")
            let after = try await lab.reconcile(file: file)
            #expect(after.code == 0, "\(after.everything)")
            #expect(try await lab.sql("vm2", "SHOW work_mem") == "9MB")
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectNothingToDo()
        }

        @Test("A value that PostgreSQL refuses is taken back before it is loaded, and said with its reason")
        func invalid() async throws {
            let lab = try Lab.current()
            let servers = try await lab.postmasters()
            let file = try await lab.declare { try $0.add(parameters: "work_mem: plenty", "max_connections: many") }
            let refused = try await lab.reconcile(file: file)
            #expect([1, 3, 6].contains(refused.code), "\(refused.everything)")
            #expect(refused.everything.contains("invalid value for parameter \"work_mem\""), "\(refused.everything)")
            #expect(try await lab.postmasters() == servers)
            for node in ["vm1", "vm2", "vm3"] {
                // A nameless entry is a setting that another test has taken out of the file, and that only a restart
                // forgets.
                let errors = """
                    SELECT string_agg(concat_ws(' ', sourcefile, sourceline, name, setting, error), '; ')
                    FROM pg_file_settings WHERE error IS NOT NULL AND name IS NOT NULL
                    """
                let found = try await lab.sql(node, errors)
                #expect(found.isEmpty, "\(node): \(found)")
            }
            try await lab.expectNothingToDo()
        }

        @Test("A hand edit of the managed block is drift and repaired; lines around it stay")
        func handEdit() async throws {
            let lab = try Lab.current()
            let conf = "/etc/postgresql/15/main/postgresql.conf"
            let before = try await lab.shell("vm3", "base64 -w0 \(conf)")
            try await lab.shell("vm3", "sed -i \"s/^wal_log_hints = .*/wal_log_hints = 'on' # mine/\" \(conf)")
            let plan = try await lab.plan()
            #expect(plan.step("postgresql.parameters.vm3")?.cause == "drift", "\(plan.ids)")
            #expect(try await lab.reconcile().code == 0)
            #expect(try await lab.shell("vm3", "base64 -w0 \(conf)") == before)
            try await lab.expectNothingToDo()
        }
    }
}

extension Lab {
    /// The nodes in the order in which their restarts ended.
    func restarts(since: Int) async throws -> [String] {
        try await journal().dropFirst(since).filter { $0.action == "restart" && $0.outcome == "done" }.map(\.target)
    }
}
