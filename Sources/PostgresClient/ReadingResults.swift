import CLibPQ
import HostAccess

extension SQLResult {
    /// Copies what libpq holds; the caller still frees it.
    init(reading answer: OpaquePointer) {
        let columns = (0..<PQnfields(answer)).map { text(PQfname(answer, $0)) }
        let rows = (0..<PQntuples(answer)).map { row in
            (0..<PQnfields(answer)).map { column in
                PQgetisnull(answer, row, column) == 1 ? nil : text(PQgetvalue(answer, row, column))
            }
        }
        self.init(columns: columns, rows: rows, tag: text(PQcmdStatus(answer)))
    }
}

/// What the server, or libpq in its place, says about a failed statement.
struct ErrorReport {
    /// nil when libpq made the report itself: the connection is then gone.
    var sqlState: String?
    var endsConnection: Bool
    /// `42P01: relation "x" does not exist (detail)`
    var text: String

    init(reading answer: OpaquePointer) {
        func field(_ code: Int32) -> String? { PQresultErrorField(answer, code).map { String(cString: $0) } }
        sqlState = field(DiagnosticField.sqlState)
        endsConnection = field(DiagnosticField.severity).map { $0 == "FATAL" || $0 == "PANIC" } ?? false
        guard let message = field(DiagnosticField.message), let state = sqlState else {
            text = String(cString: PQresultErrorMessage(answer)).oneLine
            return
        }
        text = "\(state): \(message)".oneLine
        if let detail = field(DiagnosticField.detail) { text += " (\(detail.oneLine))" }
    }
}

extension String {
    var oneLine: String {
        split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(while: \.isWhitespace) }.joined(separator: "; ")
    }
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
}

private func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
}
