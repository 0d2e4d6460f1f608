import CLibPQ
import HostAccess
import Polling

/// Makes a connection: every address in its turn, all within one deadline.
struct Connector: Sendable {
    let settings: ConnectionSettings

    func connect(until limit: ContinuousClock.Instant) async throws(SQLFailure) -> Connection {
        let endpoints = try await NameResolution(settings: settings).endpoints(until: limit)
        var failures: [SQLFailure] = []
        for (index, endpoint) in endpoints.enumerated() {
            // An address that does not answer must leave time for the ones after it.
            let share = (limit - .now) / (endpoints.count - index)
            do throws(SQLFailure) {
                return try await attempt(endpoint, within: max(.zero, share))
            } catch {
                // As libpq does: another address of the same name would only reject the login again.
                if error.kind == .cancelled || error.kind == .loginRejected { throw error }
                failures.append(error)
            }
        }
        throw Self.joined(failures)
    }

    private func attempt(_ endpoint: Endpoint, within time: Duration) async throws(SQLFailure) -> Connection {
        guard let handle = settings.start(overriding: endpoint.overrides) else {
            throw SQLFailure(.cancelled, "connecting to \(endpoint.description): out of memory")
        }
        let connection = Connection(handle, to: endpoint)
        // Before the first answer is read: this is what makes libpq put the SQLSTATE into its text.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        guard PQstatus(handle) != CONNECTION_BAD else { throw connection.connectFailure.failure }
        let limit = ContinuousClock.now.advanced(by: time)
        var awaited = ReadinessPoller.Events.write
        while true {
            switch await ReadinessPoller.shared.wait(for: awaited, on: PQsocket(handle), until: limit) {
            case .ready: break
            case .timedOut: throw Self.timedOut(connection, after: time)
            case .cancelled: throw SQLFailure(.cancelled, "connecting to \(endpoint.description): cancelled")
            }
            switch PQconnectPoll(handle) {
            case PGRES_POLLING_OK:
                connection.becomeReady()
                return connection
            case PGRES_POLLING_READING: awaited = .read
            case PGRES_POLLING_WRITING: awaited = .write
            default: throw connection.connectFailure.failure
            }
        }
    }

    private static func timedOut(_ connection: Connection, after time: Duration) -> SQLFailure {
        let reached = PQstatus(connection.handle) != CONNECTION_STARTED
        let what = reached ? "connected, but no answer to the login" : "no connection"
        return SQLFailure(.unreachable, "connecting to \(connection.endpoint.description): \(what) within \(time)")
    }

    /// One failure for all addresses: an answer tells more than silence; and an address that stays silent
    /// keeps the server from being called absent because another address refused.
    private static func joined(_ failures: [SQLFailure]) -> SQLFailure {
        let routed = failures.filter { !ConnectFailure.meansNoRoute($0) }
        let ranked: [SQLFailure.Kind] = [.notAccepting, .unreachable, .refused]
        let candidates = routed.isEmpty ? failures : routed
        for kind in ranked {
            guard var chosen = candidates.first(where: { $0.kind == kind }) else { continue }
            chosen.message = failures.map(\.message).joined(separator: "; ")
            return chosen
        }
        return failures.last ?? SQLFailure(.nameResolution, "connecting: no address to try")
    }
}
