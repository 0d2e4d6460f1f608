import Testing

extension LabTests.Planned {
    /// What clients feel is told: never "No changes" while they hang.
    @Suite("Clients' view", .serialized, .convergedLab)
    struct ClientsView {
        @Test(
            "Quorum commit, and the standbys are cut off: commits that wait are told, with exit code 3 and a condition")
        func commitsWait() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare { $0.text += "durability: {mode: quorum}\n" }
            try await lab.reconciled(file)
            try await lab.tableForWriters()
            let nft = "nft add table inet mute; nft 'add chain inet mute out { type filter hook output priority 0; }'"
            let drop = "nft add rule inet mute out tcp sport 5432 ip daddr { 10.95.0.12, 10.95.0.13 } drop"
            let addresses = try await lab.shell("vm1", "getent hosts vm2 vm3 | cut -d ' ' -f 1").split(separator: "\n")
            let rule = drop.replacing("10.95.0.12, 10.95.0.13", with: addresses.joined(separator: ", "))
            try await lab.shell("vm1", "\(nft); \(rule)")
            async let write = lab.exec(
                "vm1", as: "postgres", ["psql", "-XAtqc", "INSERT INTO t DEFAULT VALUES"], seconds: 120)
            try await eventually("commits that wait are told", within: .seconds(30)) {
                try await lab.plan(file: file).finding("COMMITS_WAIT", "vm1") != nil
            }
            let plan = try await lab.pgregent("plan", "--detailed-exitcode", file: file)
            #expect([3, 4].contains(plan.code) && !plan.output.contains("No changes"), "\(plan.everything)")
            let condition = try await lab.status(file: file).conditions.first { $0.type == "WritesAccepted" }
            #expect(condition?.status == "false", "\(String(describing: condition))")
            try await lab.shell("vm1", "nft delete table inet mute")
            #expect(try await write.code == 0)
            try await lab.reconciled(file)
            let back = try await lab.reconcile()
            #expect(back.code == 0, "\(back.everything)")
        }

        @Test("The primary's port is blocked for all others: told, and exit code 4")
        func portBlocked() async throws {
            let lab = try Lab.current()
            try await lab.shell(
                "vm1",
                """
                nft add table inet deaf; nft 'add chain inet deaf in { type filter hook input priority 0; }'
                nft add rule inet deaf in iifname != lo tcp dport 5432 ct state new drop
                """)
            let plan = try await lab.pgregent("plan", "--detailed-exitcode")
            #expect(plan.code == 4 && !plan.output.contains("No changes"), "\(plan.everything)")
            #expect(plan.output.contains("SQL_UNREACHABLE"), "\(plan.everything)")
            let condition = try await lab.status().conditions.first { $0.type == "WritesAccepted" }
            #expect(condition?.status == "false", "\(String(describing: condition))")
            try await lab.shell("vm1", "nft delete table inet deaf")
            try await lab.expectConverged()
        }

        @Test("A whole PgBouncer is paused on its console: told, though it shows it nowhere, and its clients go on")
        func plainPause() async throws {
            let lab = try Lab.current()
            try await lab.tableForWriters()
            _ = try await lab.console("vm2", "PAUSE")
            async let write = lab.throughPooler("vm2", "INSERT INTO t DEFAULT VALUES")
            try await eventually("clients that wait are told", within: .seconds(10)) {
                try await lab.plan().finding("POOL_STANDS", "vm2") != nil
            }
            let condition = try await lab.status().conditions.first { $0.type == "WritesAccepted" }
            #expect(condition?.status == "false", "\(String(describing: condition))")
            let run = try await lab.reconcile()
            #expect(run.code == 0, "\(run.everything)")
            #expect(try await write.code == 0)
            try await lab.expectConverged()
        }
    }
}

extension Lab {
    /// As an application does it, from the controller; for one that may wait for a minute.
    func throughPooler(_ host: String, _ statement: String) async throws -> Outcome {
        try await exec(
            "controller",
            [
                "env", "PGPASSWORD=\(Self.appPassword)", "psql", "-XAtqc", statement,
                "host=\(host) port=6432 user=app dbname=postgres_rw",
            ], seconds: 60)
    }
}
