import Testing

extension LabTests {
    /// Family B: from what there is to what the file declares.
    @Suite("Building", .serialized)
    struct Building {
        @Test("Bare hosts become a converged cluster within a minute, doing exactly what plan had printed")
        func bareHosts() async throws {
            try await Lab.with(.bare) { lab in
                let plan = try await lab.plan()
                #expect(plan.complete && plan.applyable)
                let begin = ContinuousClock.now
                let built = try await lab.reconcile()
                #expect(built.code == 0, "\(built.everything)")
                #expect(ContinuousClock.now - begin < .seconds(60))
                try await lab.expectDone(plan, since: 0)
                try await lab.expectConverged()
            }
        }
    }
}
