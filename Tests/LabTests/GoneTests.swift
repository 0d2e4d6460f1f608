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
}
