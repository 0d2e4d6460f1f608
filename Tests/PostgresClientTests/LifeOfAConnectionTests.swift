import HostAccess
import PostgresClient
import Testing

@Suite struct LifeOfAConnectionTests {
    let server: TestServer
    let session: PostgresSession

    init() throws {
        server = try TestServer.shared.get()
        session = server.session()
    }

    @Test func aConnectionThatEndedWhileIdleIsReplaced() async throws {
        let pid = try #require(try await session.value("SELECT pg_backend_pid()"))
        let other = server.session()
        #expect(try await other.value("SELECT pg_terminate_backend(\(pid), 10000)") == "t")
        let next = try await session.value("SELECT pg_backend_pid()")
        #expect(next != nil && next != pid)
    }

    @Test func aConnectionThatBreaksUnderAStatementLeavesItsOutcomeUnknown() async throws {
        let failure = await #expect(throws: SQLFailure.self) {
            try await session.query("SELECT 1; SELECT pg_terminate_backend(pg_backend_pid())", deadline: .seconds(10))
        }
        #expect(failure?.kind == .outcomeUnknown)
        #expect(failure?.sqlState == "57P01")
        #expect(try await session.value("SELECT 1") == "1")
    }

    @Test func aDeadlineEndsTheStatementAndItsConnection() async throws {
        let pid = try #require(try await session.value("SELECT pg_backend_pid()"))
        let failure = await #expect(throws: SQLFailure.self) {
            try await session.query("SELECT pg_sleep(600)", deadline: .milliseconds(200))
        }
        #expect(failure?.kind == .outcomeUnknown)
        let next = try await session.value("SELECT pg_backend_pid()")
        #expect(next != pid)
        try await expectGone(pid)
    }

    @Test func cancellationEndsTheWaitAndTheStatement() async throws {
        let pid = try #require(try await session.value("SELECT pg_backend_pid()"))
        let task = Task { [session] in try await session.query("SELECT pg_sleep(600)", deadline: .seconds(600)) }
        let other = server.session()
        try await waitUntil {
            try await other.value("SELECT state FROM pg_stat_activity WHERE pid = \(pid)") == "active"
        }
        task.cancel()
        let failure = await #expect(throws: SQLFailure.self) { try await task.value }
        #expect(failure?.kind == .cancelled)
        try await expectGone(pid)
        #expect(try await session.value("SELECT 1") == "1")
    }

    @Test func aRequestThatWaitsForItsTurnCanBeCancelled() async throws {
        let first = Task { [session] in try await session.query("SELECT pg_sleep(600)", deadline: .seconds(600)) }
        let second = Task { [session] in try await session.query("SELECT 2", deadline: .seconds(600)) }
        second.cancel()
        let failure = await #expect(throws: SQLFailure.self) { try await second.value }
        #expect(failure?.kind == .cancelled)
        first.cancel()
        _ = await first.result
    }

    @Test func requestsOfOneSessionGoOneAfterTheOther() async throws {
        let values = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<20 { group.addTask { [session] in try await session.value("SELECT \(number)") } }
            return try await group.reduce(into: Set<String>()) { all, value in value.map { _ = all.insert($0) } }
        }
        #expect(values.count == 20)
    }

    @Test func closingEndsTheConnectionAndTheNextRequestOpensAnother() async throws {
        let pid = try #require(try await session.value("SELECT pg_backend_pid()"))
        await session.close()
        try await expectGone(pid)
        #expect(try await session.value("SELECT pg_backend_pid()") != pid)
    }

    /// Sixty-four statements wait for one lock: none could be seen waiting if each held up a thread of the pool.
    @Test func slowStatementsOverlap() async throws {
        let holder = server.session()
        _ = try await holder.query("SELECT pg_advisory_lock(4711)", deadline: .seconds(20))
        let waiting = (0..<64).map { _ in
            Task { [server] in
                try await server.session().value("SELECT pg_advisory_lock_shared(4711)", deadline: .seconds(60))
            }
        }
        try await waitUntil {
            let count = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"
            return try await holder.value(count) == "64"
        }
        _ = try await holder.query("SELECT pg_advisory_unlock(4711)", deadline: .seconds(20))
        for task in waiting { _ = try await task.value }
    }

    private func expectGone(_ pid: String) async throws {
        let other = server.session()
        try await waitUntil {
            try await other.value("SELECT count(*) FROM pg_stat_activity WHERE pid = \(pid)") == "0"
        }
    }
}

/// Gives up after half a minute.
func waitUntil(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<600 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("what was waited for did not happen")
}
