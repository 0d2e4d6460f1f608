import ClusterModel
import HostAccess
import PostgresClient
import Testing

@Suite struct ConnectingTests {
    let server: TestServer

    init() throws {
        server = try TestServer.shared.get()
    }

    private func failure(_ session: PostgresSession, within deadline: Duration = .seconds(20)) async -> SQLFailure? {
        await #expect(throws: SQLFailure.self) { try await session.query("SELECT 1", deadline: deadline) }
    }

    private func elsewhere(_ parameters: [(String, String)]) -> PostgresSession {
        PostgresSession(parameters: [("user", "someone"), ("dbname", "somewhere")] + parameters)
    }

    @Test func aPasswordLogsIn() async throws {
        let session = server.remoteSession()
        #expect(try await session.value("SELECT current_setting('application_name')") == "pgregent")
        #expect(try await session.value("SHOW client_encoding") == "UTF8")
    }

    @Test func aWrongPasswordIsARejectedLogin() async throws {
        let found = await failure(server.remoteSession(password: Secret("wrong-one")))
        #expect(found?.kind == .loginRejected)
        #expect(found?.sqlState == "28P01")
        #expect(found?.message.contains("wrong-one") == false)
        #expect(found?.message.contains("127.0.0.1:\(server.port) (user postgres, database postgres)") == true)
        #expect(found?.message.contains("\n") == false)
    }

    @Test func noPasswordAtHandIsARejectedLogin() async throws {
        let found = await failure(server.remoteSession([("passfile", "/dev/null")], password: nil))
        #expect(found?.kind == .loginRejected)
    }

    @Test func aMissingDatabaseIsARejectedLogin() async throws {
        let found = await failure(server.session([("dbname", "nowhere")]))
        #expect(found?.kind == .loginRejected)
        #expect(found?.sqlState == "3D000")
    }

    @Test func aMissingRoleIsARejectedLogin() async throws {
        let found = await failure(server.session([("user", "nobody")]))
        #expect(found?.kind == .loginRejected)
        #expect(found?.sqlState == "28000")
    }

    @Test func aServerWithoutTLSRejectsWhoNeedsIt() async throws {
        let found = await failure(server.remoteSession([("sslmode", "require")]))
        #expect(found?.kind == .loginRejected)
    }

    @Test func aSettingThatLibpqDoesNotKnowIsNotADeadServer() async throws {
        #expect(await failure(server.session([("sslmode", "sometimes")]))?.kind == .loginRejected)
        #expect(await failure(elsewhere([("service", "no-such-service")]))?.kind == .loginRejected)
    }

    @Test func aClosedPortRefuses() async throws {
        let port = try FreePort.any()
        #expect(await failure(elsewhere([("host", "127.0.0.1"), ("port", "\(port)")]))?.kind == .refused)
        #expect(await failure(elsewhere([("host", "localhost"), ("port", "\(port)")]))?.kind == .refused)
    }

    @Test func aMissingSocketRefuses() async throws {
        #expect(await failure(elsewhere([("host", server.socketDirectory), ("port", "1")]))?.kind == .refused)
    }

    @Test func aSilentListenerIsUnreachableAfterTheDeadline() async throws {
        let listener = try SilentListener()
        defer { listener.close() }
        let silent = elsewhere([("host", "127.0.0.1"), ("port", "\(listener.port)")])
        let found = await failure(silent, within: .milliseconds(300))
        #expect(found?.kind == .unreachable)
        #expect(found?.message.contains("no answer to the login") == true)
    }

    @Test func connectingCanBeCancelled() async throws {
        let listener = try SilentListener()
        defer { listener.close() }
        let silent = elsewhere([("host", "127.0.0.1"), ("port", "\(listener.port)")])
        let task = Task { try await silent.query("SELECT 1", deadline: .seconds(600)) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        let found = await #expect(throws: SQLFailure.self) { try await task.value }
        #expect(found?.kind == .cancelled)
    }

    @Test func aSilentAddressLeavesTimeForTheNext() async throws {
        let listener = try SilentListener()
        defer { listener.close() }
        let session = PostgresSession(
            parameters: [
                ("host", "127.0.0.1,127.0.0.1"), ("port", "\(listener.port),\(server.port)"), ("user", "postgres"),
                ("dbname", "postgres"),
            ], password: TestServer.password)
        #expect(try await session.value("SELECT 1", deadline: .seconds(10)) == "1")
    }

    @Test func aNameThatNobodyKnowsIsAFailureOfItsOwn() async throws {
        #expect(await failure(elsewhere([("host", "no-such-host.invalid")]))?.kind == .nameResolution)
    }

    @Test func aServerWithoutAFreeSlotIsNotAccepting() async throws {
        let owner = server.session()
        _ = try await owner.query("CREATE ROLE one_only LOGIN CONNECTION LIMIT 1", deadline: .seconds(20))
        let first = server.session([("user", "one_only")])
        #expect(try await first.value("SELECT 1") == "1")
        let found = await failure(server.session([("user", "one_only")]))
        #expect(found?.kind == .notAccepting)
        #expect(found?.sqlState == "53300")
    }

    /// A standby that waits for a primary and lets nobody in.
    @Test func aServerThatIsStillStartingIsNotAccepting() async throws {
        let port = try FreePort.any()
        let program = try WatchedProgram(
            prepare: "initdb -D data -U postgres -A trust -N && touch data/standby.signal",
            program: "postgres -D data -k \"$dir\" -c port=\(port) -c listen_addresses= -c hot_standby=off",
            isReady: "pg_isready -h \"$dir\" -p \(port); test $? = 1")
        let found = await failure(elsewhere([("host", program.directory), ("port", "\(port)")]))
        #expect(found?.kind == .notAccepting)
        #expect(found?.sqlState == "57P03")
        // Its end is the server's end.
        withExtendedLifetime(program) {}
    }

    @Test func theSQLStateIsFoundInATranslatedMessage() {
        // "FATAL" and the label of the place are translated too.
        let text = """
            connection to server at "h", port 5432 failed: FATALE:  57P03: il sistema di database è in fase di avvio
            POSIZIONE: ProcessStartupPacket, postmaster.c:2345

            """
        let found = connectFailure(text)
        #expect(found.kind == .notAccepting)
        #expect(found.sqlState == "57P03")
        #expect(found.message.hasSuffix("database d): FATALE: 57P03: il sistema di database è in fase di avvio"))
    }
}
