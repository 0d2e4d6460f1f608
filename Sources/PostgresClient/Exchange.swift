import CLibPQ
import HostAccess
import Polling

/// One request on an established connection: sending it and reading everything that comes back.
struct Exchange {
    let connection: Connection
    let request: Request
    let limit: ContinuousClock.Instant

    private var handle: OpaquePointer { connection.handle }

    /// - Throws: `.statement` with the connection good; after every other failure the connection must not be used
    ///   again.
    func run() async throws(SQLFailure) -> [SQLResult] {
        guard request.send(on: handle) else { throw refused() }
        try await flush()
        if case .pipeline = request {
            let outcome = try await pipelineResults()
            guard PQexitPipelineMode(handle) == 1 else { throw broken(connection.errorText) }
            return try outcome.get()
        }
        return try await results().get()
    }

    /// The server may answer before it has read everything: to send on without reading could wait for each other for
    /// ever.
    private func flush() async throws(SQLFailure) {
        while PQflush(handle) == 1 {
            try await wait(for: [.read, .write])
            PQconsumeInput(handle)
        }
    }

    /// Results up to the end of the answer. A failing statement ends a simple request, its predecessors' results are
    /// kept.
    private func results() async throws(SQLFailure) -> Result<[SQLResult], SQLFailure> {
        var results: [SQLResult] = []
        var failure: SQLFailure?
        while let answer = try await nextAnswer() {
            defer { PQclear(answer) }
            switch try read(answer, after: results) {
            case .result(let result): results.append(result)
            case .failure(let found): failure = failure ?? found
            case .nothing: break
            }
        }
        guard PQstatus(handle) == CONNECTION_OK else { throw failure ?? broken(connection.errorText) }
        return failure.map { .failure($0) } ?? .success(results)
    }

    /// Here each statement's answer ends with a nil of its own, and the whole with a mark.
    private func pipelineResults() async throws(SQLFailure) -> Result<[SQLResult], SQLFailure> {
        var results: [SQLResult] = []
        var failure: SQLFailure?
        while true {
            guard let answer = try await nextAnswer() else {
                if PQstatus(handle) == CONNECTION_OK { continue }
                throw failure ?? broken(connection.errorText)
            }
            defer { PQclear(answer) }
            if PQresultStatus(answer) == PGRES_PIPELINE_SYNC { break }
            switch try read(answer, after: results) {
            case .result(let result): results.append(result)
            case .failure(let found): failure = failure ?? found
            case .nothing: break
            }
        }
        return failure.map { .failure($0) } ?? .success(results)
    }

    private func nextAnswer() async throws(SQLFailure) -> OpaquePointer? {
        while PQisBusy(handle) == 1, PQstatus(handle) == CONNECTION_OK {
            try await wait(for: .read)
            // A failure shows in the status, and in what PQgetResult gives next.
            PQconsumeInput(handle)
        }
        return PQgetResult(handle)
    }

    private func wait(for events: ReadinessPoller.Events) async throws(SQLFailure) {
        switch await ReadinessPoller.shared.wait(for: events, on: PQsocket(handle), until: limit) {
        case .ready: return
        case .timedOut: throw SQLFailure(.outcomeUnknown, "\(place): no answer within the deadline")
        case .cancelled: throw SQLFailure(.cancelled, "\(place): cancelled while it ran")
        }
    }

    private enum Reading {
        case result(SQLResult)
        case failure(SQLFailure)
        case nothing
    }

    private func read(_ answer: OpaquePointer, after results: [SQLResult]) throws(SQLFailure) -> Reading {
        switch PQresultStatus(answer) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            return .result(SQLResult(reading: answer))
        case PGRES_PIPELINE_ABORTED:
            return .nothing
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            throw broken("COPY to or from the client is not supported")
        default:
            let report = ErrorReport(reading: answer)
            guard let state = report.sqlState, !report.endsConnection else {
                throw broken(report.text, sqlState: report.sqlState, after: results)
            }
            return .failure(
                SQLFailure(.statement, sqlState: state, "\(place): \(report.text)", results: results))
        }
    }

    private func broken(_ text: String, sqlState: String? = nil, after results: [SQLResult] = []) -> SQLFailure {
        SQLFailure(
            .outcomeUnknown, sqlState: sqlState, "\(place): the connection broke after it was sent: \(text.oneLine)",
            results: results)
    }

    /// libpq looked at the request and sent nothing of it, unless the connection is gone.
    private func refused() -> SQLFailure {
        let text = connection.errorText.oneLine
        guard PQstatus(handle) == CONNECTION_OK else { return broken(text) }
        return SQLFailure(.statement, "\(place): not sent: \(text)")
    }

    private var place: String { "\(request.label) at \(connection.endpoint.description)" }
}
