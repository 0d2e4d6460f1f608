import Testing

/// Lends one lab, built by the product from bare hosts, to the tests of a suite, one after the other: each repairs what
/// it breaks. One that ends in an error has not, so that the next gets a new lab, and a failure does not become many.
struct ConvergedLab: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
        test.isSuite || testCase != nil ? self : nil
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard !test.isSuite else {
            let shelf = Shelf()
            try await Shelf.$current.withValue(shelf) { try await function() }
            return await shelf.clear()
        }
        guard let shelf = Shelf.current else { throw Command.Failure(description: "no suite lends a lab") }
        do {
            let lab = try await shelf.lend()
            try await Lab.$shared.withValue(lab) { try await function() }
        } catch {
            await shelf.clear()
            throw error
        }
    }

    /// Where the suite keeps its lab between two tests.
    private actor Shelf {
        @TaskLocal static var current: Shelf?

        private var lab: Lab?

        func lend() async throws -> Lab {
            if let lab { return lab }
            let new = try await Lab.up(.bare)
            lab = new
            let built = try await new.reconcile()
            guard built.code == 0 else { throw Command.Failure(description: "not built: \(built.everything)") }
            // A user with a password that an application would have, so that PgBouncer has somebody to let in.
            try await new.sql("vm1", "CREATE ROLE app LOGIN PASSWORD 'the application''s own word'")
            let finished = try await new.reconcile()
            guard finished.code == 0 else { throw Command.Failure(description: "no users: \(finished.everything)") }
            return new
        }

        func clear() async {
            await lab?.down()
            lab = nil
        }
    }
}

extension Trait where Self == ConvergedLab {
    static var convergedLab: Self { Self() }
}
