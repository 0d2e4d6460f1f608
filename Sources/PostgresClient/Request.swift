import CLibPQ
import HostAccess

/// What one turn of a session sends.
enum Request: Sendable {
    /// By the simple protocol: one text, as many results as it has statements.
    case simple(String)
    /// By the extended protocol: one statement.
    case parameters(String, [String?])
    /// By the extended protocol: all statements at once, in one transaction unless they say otherwise.
    case pipeline([Statement])

    struct Statement: Sendable {
        var sql: String
        var parameters: [String?]
    }

    /// How messages name it: at most three words, which in no SQL command reach as far as a literal. The whole text may
    /// hold a role's secret.
    var label: String {
        let sql =
            switch self {
            case .simple(let sql), .parameters(let sql, _): sql
            case .pipeline(let statements): statements.first?.sql ?? ""
            }
        var words: [Substring] = []
        for word in sql.split(whereSeparator: \.isWhitespace).prefix(3) {
            let plain = word.prefix { $0.isASCII && ($0.isLetter || $0 == "_") }
            if !plain.isEmpty { words.append(plain) }
            if plain.endIndex != word.endIndex { break }
        }
        return words.isEmpty ? "statement" : words.joined(separator: " ")
    }

    /// C strings end at a NUL: sent, such a text would be another one than was meant.
    func check() throws(SQLFailure) {
        let texts: [String?] =
            switch self {
            case .simple(let sql): [sql]
            case .parameters(let sql, let parameters): [sql] + parameters
            case .pipeline(let statements): statements.flatMap { [$0.sql] + $0.parameters }
            }
        if texts.contains(where: { $0?.utf8.contains(0) ?? false }) {
            throw SQLFailure(.statement, sqlState: "22021", "\(label): not sent, the text holds a NUL character")
        }
    }

    /// Hands it to libpq, which may keep a part in its buffer.
    ///
    /// - Returns: false where libpq refuses it; its message says why.
    func send(on handle: OpaquePointer) -> Bool {
        switch self {
        case .simple(let sql):
            return PQsendQuery(handle, sql) == 1
        case .parameters(let sql, let parameters):
            return Self.send(sql, parameters, on: handle)
        case .pipeline(let statements):
            guard PQenterPipelineMode(handle) == 1 else { return false }
            return statements.allSatisfy { Self.send($0.sql, $0.parameters, on: handle) } && PQpipelineSync(handle) == 1
        }
    }

    private static func send(_ sql: String, _ parameters: [String?], on handle: OpaquePointer) -> Bool {
        let values = CStrings(parameters)
        return PQsendQueryParams(handle, sql, Int32(clamping: parameters.count), nil, values.pointers, nil, nil, 0) == 1
    }
}
