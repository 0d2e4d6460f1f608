import HostAccess
import PostgresClient
import Testing

@Suite struct QueryTests {
    let server: TestServer
    let session: PostgresSession

    init() throws {
        server = try TestServer.shared.get()
        session = server.session()
    }

    @Test func severalStatementsGiveSeveralResultsInOrder() async throws {
        let results = try await session.query(
            "SELECT 1 AS one; SET work_mem = '5MB'; SELECT NULL, ''", deadline: .seconds(10))
        #expect(results.map(\.tag) == ["SELECT 1", "SET", "SELECT 1"])
        #expect(results.first == SQLResult(columns: ["one"], rows: [["1"]], tag: "SELECT 1"))
        #expect(results.last?.rows == [[nil, ""]])
    }

    @Test func anEmptyTextGivesAnEmptyResult() async throws {
        let results = try await session.query("", deadline: .seconds(10))
        #expect(results == [SQLResult(columns: [], rows: [])])
    }

    @Test func aFailingStatementHasItsStateAndTheResultsBeforeIt() async throws {
        let failure = await #expect(throws: SQLFailure.self) {
            try await session.query("SELECT 'a'; SELECT 1/0; SELECT 'b'", deadline: .seconds(10))
        }
        #expect(failure?.kind == .statement)
        #expect(failure?.sqlState == "22012")
        #expect(failure?.results.map(\.rows) == [[["a"]]])
        #expect(failure?.message.contains("division by zero") == true)
        #expect(try await session.value("SELECT 'still here'") == "still here")
    }

    @Test func theTransactionOfAFailedRequestIsRolledBack() async throws {
        let before = try await session.value("SELECT pg_backend_pid()")
        await #expect(throws: SQLFailure.self) {
            _ = try await session.query("BEGIN", deadline: .seconds(10))
            _ = try await session.query("SELECT 1/0", deadline: .seconds(10))
        }
        #expect(try await session.value("SELECT pg_backend_pid()") == before)
    }

    @Test(arguments: ["'; DROP TABLE x; --", "\\", "$1", "ü½\u{1F418}", "a\nb\tc", "\"", ""])
    func parametersAreData(_ text: String) async throws {
        let result = try await session.query(
            "SELECT $1::text, $2::text, $3::int", parameters: [text, nil, "7"], deadline: .seconds(10))
        #expect(result.rows == [[text, nil, "7"]])
    }

    @Test func aNULIsNotSent() async throws {
        let failure = await #expect(throws: SQLFailure.self) {
            try await session.query("SELECT $1", parameters: ["a\0b"], deadline: .seconds(10))
        }
        #expect(failure?.kind == .statement)
        #expect(failure?.sqlState == "22021")
    }

    @Test func aPipelineGivesOneResultAStatement() async throws {
        let results = try await session.pipeline(
            [("SELECT $1::int", ["1"]), ("SELECT $1::text", [nil]), ("SELECT 3 WHERE false", [])],
            deadline: .seconds(10))
        #expect(results.map(\.rows) == [[["1"]], [[nil]], []])
        #expect(try await session.value("SELECT 'simple again'") == "simple again")
    }

    @Test func aFailingPipelineKeepsTheConnection() async throws {
        let before = try await session.value("SELECT pg_backend_pid()")
        let failure = await #expect(throws: SQLFailure.self) {
            try await session.pipeline(
                [("SELECT 1", []), ("SELECT nothing", []), ("SELECT 3", [])], deadline: .seconds(10))
        }
        #expect(failure?.sqlState == "42703")
        #expect(failure?.results.count == 1)
        #expect(try await session.value("SELECT pg_backend_pid()") == before)
    }

    @Test func aLargePipelineDoesNotWaitForItself() async throws {
        let big = String(repeating: "x", count: 200_000)
        let results = try await session.pipeline(
            (0..<100).map { _ in ("SELECT $1::text", [big]) }, deadline: .seconds(60))
        #expect(results.count == 100)
        #expect(results.allSatisfy { $0.rows == [[big]] })
    }

    @Test func aCopyIsRefusedAndTheSessionGoesOn() async throws {
        let failure = await #expect(throws: SQLFailure.self) {
            try await session.query("COPY (SELECT 1) TO STDOUT", deadline: .seconds(10))
        }
        #expect(failure?.kind == .outcomeUnknown)
        #expect(try await session.value("SELECT 1") == "1")
    }

    @Test func messagesNameTheCommandAndNotItsLiterals() async throws {
        let failure = await #expect(throws: SQLFailure.self) {
            try await session.query("ALTER ROLE nobody_here PASSWORD 'hush'", deadline: .seconds(10))
        }
        #expect(failure?.message.contains("ALTER ROLE nobody_here at ") == true)
        #expect(failure?.message.contains("hush") == false)
    }
}

extension SQLSession {
    /// The first value of a query's last result.
    func value(_ sql: String, deadline: Duration = .seconds(20)) async throws(SQLFailure) -> String? {
        try await query(sql, deadline: deadline).last?.rows.first?.first ?? nil
    }
}
