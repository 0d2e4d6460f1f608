package import ClusterModel

/// SQL through `psql` on the server's own host, over its socket, as the superuser that owns it: the way that works
/// before there is a role to log in with, and when TCP is closed.
package enum HostSQL {
    package static let field = "\u{1F}"
    package static let record = "\u{1E}"
    private static let null = "\u{1D}"
    package static let boundary = "\u{1C}"

    /// Runs statements one by one in autocommit and stops at the first that fails; prints nothing.
    package static func execute(_ sql: String, database: String, server: LocalServer) -> String {
        psql("-q -o /dev/null", database: database, server: server) + heredoc(sql)
    }

    /// Prints the first value of one statement, unadorned.
    package static func value(_ sql: String, database: String, server: LocalServer) -> String {
        psql("-q -A -t", database: database, server: server) + heredoc(sql)
    }

    /// Prints every result in a form that `results(_:)` reads. A statement that fails leaves its result out.
    package static func ask(_ statements: [String], database: String, server: LocalServer) -> String {
        let options = "-q -A -P footer=off -F \(quoted(field)) -R \(quoted(record)) -P null=\(quoted(null))"
        let sql = statements.map { "\($0);\n\\echo \(boundary)" }.joined(separator: "\n")
        return psql(options, database: database, server: server, stop: false) + heredoc(sql)
    }

    /// Takes apart what `ask` printed: a result for each statement, nil for one that failed.
    package static func results(_ output: String) -> [SQLResult?] {
        output.components(by: boundary + "\n").dropLast().map { part in
            guard !part.isEmpty else { return nil }
            var records = part.components(by: record)
            if records.last == "\n" || records.last == "" { records.removeLast() }
            if let last = records.last, last.hasSuffix("\n") { records[records.count - 1] = String(last.dropLast()) }
            guard let header = records.first else { return nil }
            let rows = records.dropFirst().map { row in
                row.components(by: field).map { $0 == null ? nil : $0 }
            }
            return SQLResult(columns: header.components(by: field), rows: rows)
        }
    }

    private static func psql(_ options: String, database: String, server: LocalServer, stop: Bool = true) -> String {
        let program = Quoting.shell(server.binDirectory + "/psql")
        let target = Quoting.shell("dbname=\(Quoting.conninfo(database)) port=\(server.port) connect_timeout=5")
        // What pgregent itself changes waits for no standby: it is often what brings the standbys back.
        return
            "PGAPPNAME=pgregent PGOPTIONS='-c synchronous_commit=local' \(program) -X \(options) -v ON_ERROR_STOP=\(stop ? 1 : 0) -v VERBOSITY=terse -d \(target)"
    }

    /// The statements as standard input: never in an argument list.
    private static func heredoc(_ sql: String) -> String {
        var mark = "PGREGENT_SQL"
        while sql.contains(mark) { mark += "_" }
        return " <<'\(mark)'\n\(sql)\n\(mark)\n"
    }

    private static func quoted(_ control: String) -> String {
        "'" + control + "'"
    }
}

extension String {
    /// The parts between separators, by bytes: a control character joins no other, and asking for characters would cost more
    /// than all else that is done with an answer.
    fileprivate func components(by separator: String) -> [String] {
        guard let first = separator.utf8.first else { return [self] }
        var parts: [String] = []
        var begin = utf8.startIndex
        var place = begin
        while let found = utf8[place...].firstIndex(of: first) {
            place = utf8.index(after: found)
            guard utf8[found...].starts(with: separator.utf8) else { continue }
            parts.append(String(self[begin..<found]))
            begin = utf8.index(found, offsetBy: separator.utf8.count)
            place = begin
        }
        return parts + [String(self[begin...])]
    }
}
