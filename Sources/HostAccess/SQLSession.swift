import ClusterModel

/// A libpq connection that is kept open and replaced when it breaks: connecting is part of the first query.
/// After a time-out or a cancellation the connection is closed and never used again.
package protocol SQLSession: Sendable {
    /// Sends the text by the simple protocol (several statements, separated by semicolons, give several results in
    /// order), which is all that PgBouncer's console speaks.
    ///
    /// - Parameter deadline: for connecting, if that is needed, and the whole answer.
    func query(_ sql: String, deadline: Duration) async throws(SQLFailure) -> [SQLResult]

    /// One statement with parameters ($1, $2, …) by the extended protocol.
    func query(_ sql: String, parameters: [String?], deadline: Duration) async throws(SQLFailure) -> SQLResult

    /// Waits on an idle connection until the server ends it; nobody asks anything on it meanwhile, so it holds no snapshot
    /// and delays no replay. Connecting is part of it.
    ///
    /// - Returns: whether a connection that stood has ended; false when the time is over, the task is cancelled, or there
    ///   was none to begin with.
    func waitForEnd(deadline: Duration) async -> Bool

    func close() async
}

/// The rows of one statement, as text; nil is NULL.
package struct SQLResult: Hashable, Sendable {
    package var columns: [String]
    package var rows: [[String?]]
    /// The command tag (`SELECT 3`, `PAUSE`).
    package var tag: String

    package init(columns: [String], rows: [[String?]], tag: String = "") {
        self.columns = columns
        self.rows = rows
        self.tag = tag
    }

    /// Each row by its columns' names; NULL values are left out.
    package var records: [[String: String]] {
        rows.map { row in
            var record: [String: String] = [:]
            for (column, value) in zip(columns, row) {
                record[column] = value
            }
            return record
        }
    }
}

/// Why a query has no result, or not all of them.
package struct SQLFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, Codable {
        /// No TCP connection within the time.
        case unreachable
        case nameResolution
        /// Something answered and refused the connection (nothing listens there).
        case refused
        /// The server answered and rejected the login (wrong password, no pg_hba.conf entry, no such role or database).
        case loginRejected
        /// The server is starting up, shutting down or in crash recovery (57P03, 57P01), or has no connection slot free (53300).
        case notAccepting
        /// The statement failed with an SQLSTATE; the connection is good.
        case statement
        /// The connection broke, or the deadline passed, after the statement was sent: unknown outcome.
        case outcomeUnknown
        case cancelled
    }

    package var kind: Kind
    package var sqlState: String?
    /// What was tried, where, and what came back; never with a password.
    package var message: String
    /// What the statements before the failing one gave.
    package var results: [SQLResult]

    package init(_ kind: Kind, sqlState: String? = nil, _ message: String, results: [SQLResult] = []) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.results = results
    }

    package var description: String { message }
}
