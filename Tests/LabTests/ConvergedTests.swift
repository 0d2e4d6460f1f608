import Testing

extension LabTests.Planned {
    /// What is tried on one lab that the product has converged; the families are in files of their own.
    @Suite("Converged", .serialized, .convergedLab)
    enum Converged {}
}

extension LabTests.Planned.Converged {
    /// What a machine reads.
    @Suite("Output", .serialized)
    struct Output {
        @Test("plan --json and status --json have every key of the contract")
        func keys() async throws {
            let lab = try Lab.current()
            let plan = try await lab.pgregent("plan", "--json").output
            for key in [
                "format_version", "plan_id", "cluster", "complete", "applyable", "findings", "summary", "steps",
            ] {
                #expect(plan.contains("\"\(key)\":"))
            }
            let status = try await lab.pgregent("status", "--json").output
            for key in [
                "cluster", "converged", "primary", "timeline", "nodes", "pgbouncer", "barman", "conditions", "role",
                "reachable",
                "lsn", "upstream", "streaming", "receive_lag_bytes", "replay_lag_bytes", "synchronous", "registered",
                "backend",
                "paused", "correct", "source", "check", "failed_checks",
            ] {
                #expect(status.contains("\"\(key)\":"))
            }
            let conditions = try await lab.status().conditions.map(\.type)
            #expect(
                conditions == [
                    "Reachable", "PrimaryUnique", "ReplicationHealthy", "DurabilitySatisfied", "PoolersRouted",
                    "BackupHealthy",
                    "Registered", "WritesAccepted", "Converged",
                ])
        }

        @Test("A saved plan is applied once, and refused afterwards")
        func savedPlan() async throws {
            let lab = try Lab.current()
            try await lab.shell(
                "vm2",
                "sed -i 's/^tcp_keepidle.*/tcp_keepidle = 9/' /etc/pgbouncer/pgbouncer.ini"
            )
            #expect(try await lab.pgregent("plan", "--out", "saved.plan").code == 0)
            let applied = try await lab.pgregent("reconcile", "--once", "--plan", "saved.plan")
            #expect(applied.code == 0, "\(applied.everything)")
            let again = try await lab.pgregent("reconcile", "--once", "--plan", "saved.plan")
            #expect(again.code == 5)
            #expect(again.errors.contains("applied before"))
            try await lab.expectNothingToDo()
        }

        @Test("A saved plan is refused when what it rests on has changed, naming what, and nothing is done")
        func stalePlan() async throws {
            let lab = try Lab.current()
            try await lab.shell("vm2", "sed -i 's/^tcp_keepidle.*/tcp_keepidle = 9/' /etc/pgbouncer/pgbouncer.ini")
            #expect(try await lab.pgregent("plan", "--out", "saved.plan").code == 0)
            try await lab.shell("vm3", "sed -i 's/^tcp_keepidle.*/tcp_keepidle = 9/' /etc/pgbouncer/pgbouncer.ini")
            let before = try await lab.footprint(["vm1", "vm2", "vm3"])
            let refused = try await lab.pgregent("reconcile", "--once", "--plan", "saved.plan")
            #expect(refused.code == 5)
            #expect(refused.errors.contains("new: pgbouncer.rewrite.vm3"), "\(refused.errors)")
            #expect(Lab.differences(before, try await lab.footprint(["vm1", "vm2", "vm3"])).isEmpty)
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectNothingToDo()
        }

        @Test("An unreachable host makes the plan incomplete, hides nothing, and nothing is destroyed on its word")
        func unreachableHost() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare { file in
                try file.replace("host: vm2, priority: 90}", "host: vm2, priority: 90, ensure: absent}")
                try file.replace("hosts: [vm1, vm2, vm3]", "hosts: [vm1, vm3]")
            }
            try await lab.lab("cut", "vm3")
            let human = try await lab.pgregent("plan", file: file, seconds: 60)
            let plan = try await lab.plan(file: file)
            let status = try await lab.status(file: file)
            let applied = try await lab.reconcile(file: file, seconds: 90)
            let stillThere = try await lab.sql(
                "vm1", "SELECT count(*) FROM repmgr.nodes WHERE node_id = 2", database: "repmgr")
            try await lab.lab("heal")
            #expect(human.code == 4)
            #expect(!plan.complete)
            #expect(plan.finding("HOST_UNREACHABLE", "vm3") != nil)
            #expect(!plan.steps.isEmpty)
            for step in plan.steps where step.change == "destroy" {
                #expect(step.heldBy?.rule == "nothingDestroyedUnseen", "\(step)")
            }
            #expect(status.node("vm3")?.role == "unknown")
            #expect(applied.code == 4, "\(applied.everything)")
            #expect(stillThere == "1")
            // The absent node's lines of pg_hba.conf went: they come back.
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }
    }
}
