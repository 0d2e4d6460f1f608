import Testing

extension LabTests.Unplanned {
    /// Where a daemon holds the cluster, it is the one that does what people ask for; and what they agreed to is what is done.
    @Suite("Asked for", .serialized, .convergedLab)
    struct AskedFor {
        @Test(
            "A switchover and a failover by hand are done by the daemon that holds the cluster, for those who may ask it"
        )
        func throughDaemon() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare("asked") { $0.text += "failover: {mode: manual}\n" }
            try await lab.reconciled(file)
            try await lab.tableForWriters()
            try await lab.shell("controller", "mkdir -p -m 0755 /run/pgregent && chown operator: /run/pgregent")
            let daemon = try await Daemon.start(lab, file)
            let socket = "/run/pgregent/\(lab.name).sock"
            #expect(try await lab.shell("controller", "stat -c '%a %U' \(socket)") == "660 operator")
            let primary = try #require(try await lab.status(file: file).primary)
            let target = primary == "vm2" ? "vm1" : "vm2"
            let writer = try await Writer.start(lab, through: "vm3")
            let moved = try await lab.pgregent("switchover", "--to", target, "--yes", file: file)
            #expect(moved.code == 0, "\(moved.everything)")
            #expect(moved.everything.contains("writes held for"), "\(moved.everything)")
            #expect(try await lab.status(file: file).primary == target)
            let report = try await writer.stop()
            #expect(report.lost.isEmpty && report.errors == 0, "\(report)")
            // Nobody answers for who is not of its group, and what to do is said.
            let stranger = try await lab.exec(
                "controller", as: "nobody",
                ["env", "HOME=/tmp", "pgregent", "switchover", "--to", primary, "--yes", "-f", file])
            #expect(stranger.code == 7 && stranger.everything.contains("group pgregent"), "\(stranger.everything)")
            let once = try await lab.reconcile(file: file)
            #expect(once.code == 7, "\(once.everything)")
            try await lab.killPostmaster(target)
            let replaced = try await lab.pgregent("failover", "--to", primary, "--yes", "--json", file: file)
            #expect(replaced.code == 0, "\(replaced.everything)")
            try await lab.streamsAgain(target, within: .seconds(60))
            try await daemon.stop()
            #expect(try await lab.exec("controller", ["test", "-e", socket]).code == 1)
            try await lab.shell("controller", "rm -rf /run/pgregent")
            let rest = try await lab.reconcile(file: file)
            #expect(rest.code == 0, "\(rest.everything)")
            try await lab.expectConverged(file: file)
        }

        @Test("A saved plan covers what it shows: the switchover that would follow is left, with exit code 2")
        func savedPlan() async throws {
            let lab = try Lab.current()
            let primary = try #require(try await lab.status().primary)
            let other = primary == "vm2" ? "vm1" : "vm2"
            let file = try await lab.declare("preferred") { $0.text += "preferred_primary: \(other)\n" }
            try await lab.shell(
                "vm3", "sed -i 's/^postgres_ro = .*/postgres_ro = host=vm1/' /etc/pgbouncer/pgbouncer.ini")
            let plan = try await lab.pgregent("plan", "--out", "/tmp/saved-plan", file: file)
            #expect(plan.everything.contains("SWITCHOVER_PENDING"), "\(plan.everything)")
            let run = try await lab.pgregent("reconcile", "--once", "--plan", "/tmp/saved-plan", file: file)
            #expect(run.code == 2, "\(run.everything)")
            #expect(try await lab.status(file: file).primary == primary)
            try await lab.expectNothingToDo()
        }

        @Test("The question of a failover by hand shows who is promoted and what is lost, before anything is touched")
        func question() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare("question") { $0.text += "failover: {mode: manual}\n" }
            try await lab.reconciled(file)
            let primary = try #require(try await lab.status(file: file).primary)
            try await lab.killPostmaster(primary)
            let command = "printf 'n\\n' | script -qec \"pgregent failover -f '\(file)'\" /dev/null"
            let asked = try await lab.exec("controller", as: "operator", ["sh", "-c", command])
            #expect(asked.everything.contains("the new primary, in place of \(primary)"), "\(asked.everything)")
            #expect(asked.everything.contains("is not in it"), "\(asked.everything)")
            #expect(asked.everything.contains("Nothing was changed."), "\(asked.everything)")
            let run = try await lab.pgregent("failover", "--yes", file: file)
            #expect(run.code == 0, "\(run.everything)")
            try await lab.expectConverged(file: file)
        }
    }
}
