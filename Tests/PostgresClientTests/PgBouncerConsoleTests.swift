import HostAccess
import PostgresClient
import Testing

/// PgBouncer's console, on a socket without a password.
@Suite struct PgBouncerConsoleTests {
    static let pooler = Result {
        let port = try FreePort.any()
        let program = try WatchedProgram(
            prepare: """
                printf '%s\\n' '[databases]' '* = host=/nowhere' '[pgbouncer]' "unix_socket_dir = $dir" \
                'listen_port = \(port)' 'auth_type = any' 'admin_users = any' >ini
                """,
            program: "pgbouncer ini", isReady: "test -S \"$dir/.s.PGSQL.\(port)\"")
        return (program: program, port: port)
    }

    private func session(database: String = "pgbouncer") throws -> PostgresSession {
        let (program, port) = try Self.pooler.get()
        return PostgresSession(
            parameters: [("host", program.directory), ("port", "\(port)"), ("user", "any"), ("dbname", database)])
    }

    @Test func theConsoleAnswers() async throws {
        let console = try session()
        let version = try await console.query("SHOW VERSION", deadline: .seconds(10))
        #expect(version.first?.rows.first?.first??.hasPrefix("PgBouncer") == true)
        #expect(try await console.query("RELOAD", deadline: .seconds(10)).map(\.tag) == ["RELOAD"])
        let databases = try await console.query("SHOW DATABASES", deadline: .seconds(10))
        #expect(databases.first?.columns.contains("paused") == true)
    }

    @Test func theConsolesErrorsAreStatementFailures() async throws {
        let console = try session()
        let failure = await #expect(throws: SQLFailure.self) {
            try await console.query("SHOW NONSENSE", deadline: .seconds(10))
        }
        #expect(failure?.kind == .statement)
        #expect(try await console.query("SHOW VERSION", deadline: .seconds(10)).count == 1)
    }
}
