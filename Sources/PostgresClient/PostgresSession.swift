package import ClusterModel
package import HostAccess
import Polling

/// An `SQLSession` over libpq.
///
/// libpq is only ever asked what it can answer at once; all waiting is `ReadinessPoller`'s. So the actor needs no
/// thread of its own, and sixty slow statements at once hold up nothing else. Requests of one session go one after
/// the other, in the order in which they came; a request's deadline begins with its turn.
///
/// A connection that ended while it was idle is replaced before anything is sent. A request is sent once: what
/// happens after that is reported, never tried again. A transaction that a failing request leaves behind is rolled
/// back.
package actor PostgresSession: SQLSession {
    private let settings: ConnectionSettings
    private let turnstile = Turnstile()
    private var connection: Connection?

    /// Does not connect.
    ///
    /// - Parameters:
    ///   - parameters: libpq's connection keywords. What is missing, libpq takes from the service file, the
    ///     environment, the passfile and its defaults. A list of hosts is tried in order, address by address; so
    ///     `target_session_attrs=prefer-standby` has the meaning of `any`.
    ///   - password: appears in no message.
    package init(parameters: [(String, String)], password: Secret? = nil) {
        settings = ConnectionSettings(parameters: parameters, password: password)
    }

    package func query(_ sql: String, deadline: Duration) async throws(SQLFailure) -> [SQLResult] {
        try await run(.simple(sql), deadline: deadline)
    }

    package func query(
        _ sql: String, parameters: [String?], deadline: Duration
    ) async throws(SQLFailure) -> SQLResult {
        let results = try await run(.parameters(sql, parameters), deadline: deadline)
        return results.first ?? SQLResult(columns: [], rows: [])
    }

    /// Sends all statements in one go and waits once. They are one transaction, unless they hold BEGIN and COMMIT
    /// themselves: when one fails, the later ones do not run, and what the earlier ones did is undone although
    /// the failure's `results` show it. PgBouncer's console does not know this protocol.
    ///
    /// - Returns: one result a statement.
    package func pipeline(
        _ statements: [(String, [String?])], deadline: Duration
    ) async throws(SQLFailure) -> [SQLResult] {
        guard !statements.isEmpty else { return [] }
        return try await run(.pipeline(statements.map(Request.Statement.init(sql:parameters:))), deadline: deadline)
    }

    package func waitForEnd(deadline: Duration) async -> Bool {
        guard await turnstile.enter() else { return false }
        defer { turnstile.leave() }
        let limit = ContinuousClock.now.advanced(by: deadline)
        guard let connection = try? await readyConnection(until: limit) else { return false }
        while connection.isUsable {
            guard await ReadinessPoller.shared.wait(for: .read, on: connection.socket, until: limit) == .ready else {
                return false
            }
        }
        self.connection = nil
        return true
    }

    /// Ends the connection once the request that is running has ended; a later request connects again.
    package func close() async {
        await turnstile.enterUncancelled()
        connection = nil
        turnstile.leave()
    }

    private func run(_ request: Request, deadline: Duration) async throws(SQLFailure) -> [SQLResult] {
        try request.check()
        guard await turnstile.enter() else {
            throw SQLFailure(.cancelled, "\(request.label): cancelled before it was sent")
        }
        defer { turnstile.leave() }
        let limit = ContinuousClock.now.advanced(by: deadline)
        let connection = try await readyConnection(until: limit)
        if Task.isCancelled {
            throw SQLFailure(.cancelled, "\(request.label): cancelled before it was sent")
        }
        do throws(SQLFailure) {
            let results = try await Exchange(connection: connection, request: request, limit: limit).run()
            if !connection.isBetweenRequests { discard(connection) }
            return results
        } catch {
            await settle(connection, after: error, until: limit)
            throw error
        }
    }

    private func readyConnection(until limit: ContinuousClock.Instant) async throws(SQLFailure) -> Connection {
        if let connection, connection.isUsable { return connection }
        connection = nil
        let fresh = try await Connector(settings: settings).connect(until: limit)
        connection = fresh
        return fresh
    }

    /// Keeps the connection only where the whole answer has been read.
    private func settle(
        _ connection: Connection, after failure: SQLFailure, until limit: ContinuousClock.Instant
    ) async {
        guard failure.kind == .statement, connection.isBetweenRequests else { return discard(connection) }
        guard connection.isInFailedTransaction else { return }
        let rollback = Exchange(connection: connection, request: .simple("ROLLBACK"), limit: limit)
        do throws(SQLFailure) {
            _ = try await rollback.run()
        } catch {
            discard(connection)
        }
    }

    /// Closes first and cancels after: closing never waits, and the server goes on with the statement until it is told.
    private func discard(_ broken: Connection) {
        let canceller = broken.canceller()
        connection = nil
        broken.end()
        canceller?.fire()
    }
}
