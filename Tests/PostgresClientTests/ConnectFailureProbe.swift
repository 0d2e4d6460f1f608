import HostAccess

@testable import PostgresClient

/// What becomes of libpq's text.
func connectFailure(_ text: String) -> SQLFailure {
    ConnectFailure(text: text, endpoint: Endpoint(host: "h", port: "5432", user: "u", database: "d")).failure
}
