import Testing

extension LabTests.Unplanned {
    /// Somebody else is gone already when the primary dies.
    @Suite("Gone already", .serialized, .convergedLab)
    struct GoneAlready {
        @Test(
            "A standby is switched off and the backup host frozen: a killed primary is replaced as if they were there")
        func others() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            try await lab.reconciled(file)
            try await lab.tableForWriters()
            let daemon = try await Daemon.start(lab, file)
            let writer = try await Writer.start(lab, through: "vm2")
            try await lab.lab("kill", "vm3")
            try await lab.lab("freeze", "backup")
            // The daemon has noticed both.
            try await Task.sleep(for: .seconds(8))
            try await lab.killPostmaster("vm1")
            #expect(try await lab.successor(within: .seconds(10)) == "vm2")
            try await lab.streamsAgain("vm1", within: .seconds(30))
            try await lab.lab("thaw", "backup")
            try await lab.lab("start", "vm3")
            try await lab.streamsAgain("vm3", within: .seconds(60))
            let report = try await writer.stop()
            // Asynchronous commit promises no row, and one standby was off: the last ones may be missing.
            #expect(report.rows > 10 && report.longestGap < 5, "\(report)")
            try await daemon.stop()
            let rest = try await lab.reconcile(file: file)
            #expect(rest.code == 0, "\(rest.everything)")
            try await lab.expectReplaced(by: "vm2", file: file)
        }
    }

    /// No failover must have been shortly before.
    @Suite("Nobody takes over", .serialized, .convergedLab)
    struct NobodyTakesOver {
        @Test(
            "Quorum commit, a standby switched off: a killed primary is started again, once, and then a person decides")
        func nobodyTakesOver() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare("nobody") { file in
                file.text += "failover: {mode: automatic}\ndurability: {mode: quorum}\n"
            }
            try await lab.reconciled(file)
            try await lab.tableForWriters()
            let primary = try #require(try await lab.status(file: file).primary)
            let standbys = ["vm1", "vm2", "vm3"].filter { $0 != primary }
            let daemon = try await Daemon.start(lab, file)
            let writer = try await Writer.start(lab, through: standbys[0])
            try await lab.lab("kill", standbys[1])
            try await Task.sleep(for: .seconds(5))
            try await lab.killPostmaster(primary)
            try await eventually("\(primary) takes writes again", within: .seconds(15)) {
                try await lab.writable(among: [primary]) == [primary]
            }
            try await lab.streamsAgain(standbys[0], within: .seconds(30))
            let report = try await writer.stop()
            #expect(report.lost.isEmpty && report.longestGap < 15, "\(report)")
            try await lab.killPostmaster(primary)
            try await Task.sleep(for: .seconds(5))
            let plan = try await lab.plan(file: file)
            let held = plan.steps.first { $0.action == "failover" }?.heldBy
            #expect(held?.reason.contains("a person decides") == true, "\(plan)")
            try await daemon.stop()
            // Which is to start it.
            try await lab.shell(primary, "pg_ctlcluster 15 main start")
            try await lab.lab("start", standbys[1])
            let rest = try await lab.reconcile(file: file)
            #expect(rest.code == 0, "\(rest.everything)")
            try await lab.expectNothingToDo(file: file)
        }
    }
}
